/**
 * Returns a step of a tour that fails unless a text without Arabic, in a page for Arabic, goes from left to right as a
 * whole: else the signs at its ends change places.
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

function getLeft(text, position) {
    const range = document.createRange();
    range.setStart(text, position);
    range.setEnd(text, position + 1);
    return range.getBoundingClientRect().left;
}

/**
 * Returns a step of a tour that fails unless the page is mirrored, and one of its parts stands to the left of another.
 *
 * @param {string} left what stands on the right in English
 * @param {string} right what stands on the left in English
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
