import {url} from "@web/core/utils/urls";

/** Where the address of a remote picture of a captured mail stands until someone asks for it. */
export const HELD = "data-original-src";

/** Pictures of a message that are asked for at the same time; the server fetches four for one user. */
const LANES = 3;

/**
 * Show the remote pictures of a captured mail. Odoo fetches them: a mail must not make requests in the name of its
 * reader, nor can it redirect one to Odoo itself.
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

/** Without its picture, an image shows what its mail says instead. */
async function load(image, source) {
    image.loading = "eager";
    const loaded = new Promise((resolve, reject) => {
        image.addEventListener("load", resolve, {once: true});
        image.addEventListener("error", reject, {once: true});
    });
    image.src = source;
    await loaded.catch(() => image.removeAttribute("src"));
}
