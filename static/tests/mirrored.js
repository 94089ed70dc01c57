/**
 * Returns a step of a tour that fails unless a text without Arabic, in a page for Arabic, runs from left to right as a
 * whole: otherwise the punctuation at its ends is misplaced.
 *
 * @param {string} trigger an element that holds the text
 */
export function readable(trigger) {
    return {
        content: `${trigger} is readable`,
        trigger: `body.o_rtl ${trigger}`,
        run({anchor}) {
            const text = document.createTreeWalker(anchor, NodeFilter.SHOW_TEXT).nextNode();
            const end = text.data.trimEnd().length;
            if (getLeft(text, text.data.search(/\S/)) >= getLeft(text, end - 1)) {
                throw new Error(`${trigger} is not readable`);
            }
        },
    };
}

/**
 * Returns a step of a tour that fails unless a part of a text, a date for example, is displayed in one piece.
 *
 * @param {string} trigger an element that holds the text
 * @param {RegExp} part
 */
export function whole(trigger, part) {
    return {
        content: `A part of ${trigger} is in one piece`,
        trigger: `body.o_rtl ${trigger}`,
        run({anchor}) {
            const text = document.createTreeWalker(anchor, NodeFilter.SHOW_TEXT).nextNode();
            const found = part.exec(text.data);
            if (!found) {
                throw new Error(`${trigger} has no such part`);
            }
            const range = document.createRange();
            range.setStart(text, found.index);
            range.setEnd(text, found.index + found[0].length);
            const inside = [...range.getClientRects()].filter(({width}) => width);
            const [left, right] = [Math.min(...inside.map((r) => r.left)), Math.max(...inside.map((r) => r.right))];
            for (const place of [found.index - 2, found.index + found[0].length + 1]) {
                const other = getLeft(text, place);
                if (other > left && other < right && inside.length === 1) {
                    throw new Error(`A part of ${trigger} is torn apart`);
                }
            }
        },
    };
}

function getLeft(text, position) {
    const range = document.createRange();
    range.setStart(text, position);
    range.setEnd(text, position + 1);
    return range.getBoundingClientRect().left;
}

/**
 * Returns a step of a tour that fails unless the page is mirrored, with one of its parts to the left of another.
 *
 * @param {string} left the part that is on the right in English
 * @param {string} right the part that is on the left in English
 * @param {Object} options as in any other step
 */
export function mirrored(left, right, options = {}) {
    return {
        content: `${left} is to the left of ${right}`,
        trigger: `body.o_rtl ${left}`,
        run({anchor}) {
            const other = document.querySelector(right);
            if (anchor.getBoundingClientRect().left >= other.getBoundingClientRect().left) {
                throw new Error(`${left} is not to the left of ${right}`);
            }
        },
        ...options,
    };
}
