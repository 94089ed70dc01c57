import {rpcBus} from "@web/core/network/rpc";

export const COPIED = ".o_notification:contains('BCC address copied.')";

/**
 * Returns a step of a tour that does something that copies the address, and checks that the clipboard is asked for
 * before any request is answered: Safari refuses it afterwards.
 *
 * @param {string} trigger
 * @param {Object} [options] as in any other step
 * @returns {Object}
 */
export function copyBy(trigger, options = {}) {
    return {
        content: "Copy the address",
        trigger,
        async run(helpers) {
            const {clipboard} = navigator;
            const write = clipboard.write.bind(clipboard);
            await new Promise((resolve, reject) => {
                const fail = () => reject(new Error("A request was answered before the clipboard was asked for."));
                rpcBus.addEventListener("RPC:RESPONSE", fail, {once: true});
                clipboard.write = (items) => {
                    rpcBus.removeEventListener("RPC:RESPONSE", fail);
                    delete clipboard.write;
                    resolve();
                    return write(items);
                };
                helpers.click();
            });
        },
        ...options,
    };
}

/** Steps that look at the toast, and at what was copied. */
export const seeCopied = [
    {
        content: "Read that it was copied",
        trigger: COPIED,
    },
    {
        content: "It was",
        trigger: "body",
        async run() {
            const text = await navigator.clipboard.readText();
            if (!/^bcc-owen[a-z]+@/.test(text)) {
                throw new Error("The clipboard does not contain the address.");
            }
        },
    },
];

/** Steps that open the menu of the user. */
export const openUserMenu = [
    {
        isActive: ["desktop"],
        content: "Open the user menu",
        trigger: ".o_web_client:has(.o_kanban_renderer) .o_user_menu button",
        run: "click",
    },
    {
        isActive: ["mobile"],
        content: "Open the menu",
        trigger: ".o_web_client:has(.o_kanban_renderer) .o_mobile_menu_toggle",
        run: "click",
    },
];

/** The item of that menu, on a desktop or a phone. */
export const MENU_ITEM = "[data-menu=bcc_dropbox_address], .o_user_menu_mobile a:contains('Copy My BCC Address')";

/** The line below the control panel. */
export const BAR = ".o_control_panel .o_bcc_dropbox_own_address";

/** The same in the help of an empty list. */
export const HELP = ".o_nocontent_help .o_bcc_dropbox_own_address";
