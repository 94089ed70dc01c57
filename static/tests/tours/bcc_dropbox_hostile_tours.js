import {registry} from "@web/core/registry";
import {rpc} from "@web/core/network/rpc";

const CAPTURED = ".o-bcc-dropbox-captured";
/** Milliseconds for what has to show many mails. */
const PATIENCE = 60000;
const AROUND = [".o_main_navbar", ".o_control_panel"];

/** Everything that is at some points all over the window, with the points. */
function* look() {
    for (let x = 5; x < window.innerWidth; x += 90) {
        for (let y = 3; y < window.innerHeight; y += 40) {
            yield [document.elementFromPoint(x, y), x, y];
        }
    }
}

/** Coordinates are rounded. */
function isInside(x, y, {left, right, top, bottom}) {
    return x >= left - 1 && x <= right + 1 && y >= top - 1 && y <= bottom + 1;
}

/** What is seen or hit outside of its place. */
function findOutside(place, hostile) {
    const rect = place.getBoundingClientRect();
    return [...look()]
        .filter(([element, x, y]) => hostile.contains(element) && !isInside(x, y, rect))
        .map(([element, x, y]) => `at ${x},${y}: ${element.cloneNode(false).outerHTML}`);
}

/** What is not as it should be in the page around. */
function findDamage() {
    const damage = [];
    for (const selector of AROUND) {
        const bar = document.querySelector(selector);
        const {left, top, width, height} = bar.getBoundingClientRect();
        for (const share of [0.01, 0.5, 0.99]) {
            const hit = document.elementFromPoint(left + width * share, top + height / 2);
            if (!bar.contains(hit)) {
                damage.push(`${selector} is covered by ${hit?.cloneNode(false).outerHTML}`);
            }
        }
    }
    const page = document.documentElement;
    if (page.scrollWidth > window.innerWidth || page.scrollHeight > window.innerHeight) {
        damage.push("the page itself scrolls");
    }
    if (window.odoo?.__session_info__ instanceof Node || document.getElementById("location") || document.all.odoo) {
        damage.push("names of the page are taken");
    }
    return damage;
}

function check(damage) {
    if (damage.length) {
        throw new Error(damage.slice(0, 5).join("\n"));
    }
}

function frame() {
    return new Promise((resolve) => requestAnimationFrame(resolve));
}

function findLoadMore() {
    return [...document.querySelectorAll(".o-mail-Thread button")].find((button) => button.textContent === "Load More");
}

/** The check has to find what would be found. */
async function checkTheCheck(place) {
    const cover = document.createElement("div");
    cover.style = "position: fixed; inset: 0; z-index: 99999";
    place.append(cover);
    await frame();
    const found = [findDamage(), findOutside(place, cover)];
    cover.remove();
    if (found.some((damage) => !damage.length)) {
        throw new Error("A covered page is not found");
    }
    window.evil("control");
}

registry.category("web_tour.tours").add("bcc_dropbox_hostile_chatter", {
    steps: () => [
        {
            content: "Load all mails",
            trigger: CAPTURED,
            timeout: PATIENCE,
            async run() {
                const messages = () => document.querySelectorAll(`.o-mail-Message:has(${CAPTURED})`).length;
                for (let button = findLoadMore(); button; button = findLoadMore()) {
                    const known = messages();
                    button.click();
                    while (messages() === known && findLoadMore()) {
                        await frame();
                    }
                }
                window.bccDropboxCount(String(messages()));
            },
        },
        {
            content: "No mail leaves its place",
            trigger: CAPTURED,
            timeout: PATIENCE,
            async run() {
                const damage = findDamage();
                for (const message of document.querySelectorAll(".o-mail-Message")) {
                    if (!message.textContent.includes("the page around")) {
                        continue; // the others are detected by what they run or load
                    }
                    message.scrollIntoView({block: "center", behavior: "instant"});
                    const body = message.querySelector(".o-mail-Message-body");
                    damage.push(...findOutside(message, body), ...findDamage());
                }
                check(damage);
                await checkTheCheck(document.querySelector(".o-mail-Chatter"));
            },
        },
        {
            content: "Ask for the pictures of the first mail",
            trigger: `.o-mail-Message:contains('Newsletter') .o-bcc-dropbox-pictures`,
            async run({click}) {
                const host = this.anchor
                    .closest(".o-mail-Message")
                    .querySelector(".o-mail-Message-body .overflow-x-auto");
                const images = [...host.shadowRoot.querySelectorAll("img")];
                if (images.length !== 3 || images.some((image) => image.hasAttribute("src"))) {
                    throw new Error("A picture is loaded unasked");
                }
                const settled = images.map(
                    (image) =>
                        new Promise((resolve) => {
                            image.addEventListener("load", () => resolve(image.naturalWidth), {once: true});
                            image.addEventListener("error", () => resolve(0), {once: true});
                        }),
                );
                await click();
                const widths = await Promise.all(settled);
                if (!widths[0] || widths[1] || widths[2]) {
                    throw new Error(`Pictures are not as they should be: ${widths}`);
                }
            },
        },
        {
            content: "The session is still there",
            trigger: CAPTURED,
            async run() {
                await rpc("/web/session/check");
            },
        },
        {
            content: "They are there",
            trigger: `.o-mail-Message:contains('Newsletter'):not(:has(.o-bcc-dropbox-pictures))`,
        },
    ],
});

registry.category("web_tour.tours").add("bcc_dropbox_hostile_original", {
    steps: () => [
        {
            content: "No text leaves its place",
            trigger: ".o_field_widget[name='content'] .o_bcc_dropbox_body",
            timeout: PATIENCE,
            async run() {
                const damage = [];
                while (!this.anchor.shadowRoot?.textContent.includes("The end")) {
                    await frame();
                }
                const vectors = this.anchor.shadowRoot.querySelectorAll("[title='vector']");
                for (const vector of vectors) {
                    vector.scrollIntoView({block: "center", behavior: "instant"});
                    damage.push(...findOutside(this.anchor, this.anchor), ...findDamage());
                }
                check(damage);
                window.bccDropboxCount(String(vectors.length));
                await checkTheCheck(document.querySelector(".o_form_sheet"));
            },
        },
    ],
});
