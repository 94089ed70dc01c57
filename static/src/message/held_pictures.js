/** Where the address of a remote picture of a captured mail stands until someone asks for it. */
export const HELD = "data-original-src";

/**
 * Load the remote pictures of a captured mail. What is on this very server is no picture of the sender: a mail must not
 * make requests in the name of whoever reads it.
 *
 * @param {ParentNode} root
 */
export function loadHeldPictures(root) {
    for (const image of root.querySelectorAll(`img[${HELD}]`)) {
        const address = parse(image.getAttribute(HELD));
        if (["http:", "https:"].includes(address?.protocol) && address.hostname !== window.location.hostname) {
            image.referrerPolicy = "no-referrer";
            image.src = address.href;
        }
    }
}

function parse(address) {
    try {
        return new URL(address);
    } catch {
        return null;
    }
}
