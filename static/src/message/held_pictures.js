import {url} from "@web/core/utils/urls";

/** Attribute that holds the URL of a remote image of a captured email until a reader asks for it. */
export const HELD = "data-original-src";

/** Number of simultaneous requests; the server allows four per user. */
const LANES = 3;

/**
 * Show the remote images of a captured email. The server fetches them: an email must not make the reader's browser send
 * requests, to Odoo or elsewhere.
 *
 * @param {ParentNode} root
 * @param {number} messageId
 */
export function loadHeldPictures(root, messageId) {
    const images = [...root.querySelectorAll(`img[${HELD}]`)];
    const loadAll = async () => {
        while (images.length) {
            const image = images.shift();
            const address = image.getAttribute(HELD);
            await load(image, url(`/bcc_dropbox/picture/${messageId}`, {address}));
        }
    };
    return Promise.all(Array.from({length: LANES}, loadAll));
}

/** Load an image, or show its alternative text if that fails. */
async function load(image, source) {
    image.loading = "eager";
    const loaded = new Promise((resolve, reject) => {
        image.addEventListener("load", resolve, {once: true});
        image.addEventListener("error", reject, {once: true});
    });
    image.src = source;
    await loaded.catch(() => image.removeAttribute("src"));
}
