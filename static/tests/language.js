/** Texts that are the same in every language; longer names first. */
const NAMES = [
    "BCC Dropbox",
    "Message-Id",
    "vCard",
    "OdooBot",
    "Odoo",
    "Bcc",
    "BCC",
    "CRM",
    "QR",
    "Google Workspace",
    "Microsoft 365",
    "Apple Mail",
    "Thunderbird",
    "Exchange",
    "Outlook",
    "Gmail",
];
const ADDRESSES = /\S+@\S+|https?:\/\/\S+/g;
const WORDS = /[a-z]{2,}(?:[\s’'.,-]+[a-z]+)*/gi;
const ATTRIBUTES = ["aria-label", "data-tooltip", "placeholder", "title"];

/**
 * Returns the texts that a user can see or hear in an element: its text, and the names and hints of its parts.
 *
 * @param {Element} root
 * @returns {string[]}
 */
function collectTexts(root) {
    const texts = [];
    for (const element of [root, ...root.querySelectorAll("*")]) {
        if (!element.checkVisibility({visibilityProperty: true})) {
            continue;
        }
        const said = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE);
        texts.push(...said.map((node) => node.textContent));
        texts.push(...ATTRIBUTES.map((name) => element.getAttribute(name) || ""));
    }
    return texts.map((text) => text.trim()).filter(Boolean);
}

/**
 * Returns the texts of an element with words in Latin letters, for users whose language has other letters.
 *
 * @param {Element} root
 * @param {string[]} names further words that may be there: names of people, values of records
 * @returns {string[]}
 */
export function findEnglish(root, names = []) {
    const hasEnglish = (text) => {
        let rest = text.replace(ADDRESSES, " ");
        for (const name of [...names, ...NAMES]) {
            rest = rest.replaceAll(name, " ");
        }
        return rest.search(WORDS) >= 0;
    };
    return [...new Set(collectTexts(root).filter(hasEnglish))];
}

/**
 * Returns a step of a tour that fails if a part of the page contains English text.
 *
 * @param {string} trigger the part of the page
 * @param {string[]} names see `findEnglish`
 * @returns {Object}
 */
export function noEnglishIn(trigger, names = []) {
    return {
        content: `No English in ${trigger}`,
        trigger,
        run({anchor}) {
            const found = findEnglish(anchor, names);
            if (found.length) {
                throw new Error(`English in ${trigger}: ${JSON.stringify(found)}`);
            }
        },
    };
}
