import {markup, reactive} from "@odoo/owl";
import {browser} from "@web/core/browser/browser";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";

const FIELDS = ["bcc_dropbox_address", "bcc_dropbox_mailbox", "bcc_dropbox_leak"];

/**
 * Copy a text that is still being requested, and return whether the browser did.
 *
 * Safari copies only what is promised during the click; Firefox before version 127 only what is already there.
 *
 * @param {Promise<string>} text
 * @returns {Promise<boolean>}
 */
async function copyPromised(text) {
    const blob = text.then((value) => new Blob([value], {type: "text/plain"}));
    blob.catch(() => {}); // handled below
    try {
        await browser.navigator.clipboard.write([new ClipboardItem({"text/plain": blob})]);
    } catch {
        try {
            await browser.navigator.clipboard.writeText(await text);
        } catch {
            return false;
        }
    }
    return true;
}

/**
 * The current user's BCC address, read from the server each time that it is shown or copied.
 *
 * - `state.isPermitted`: whether the user has the permission to use one; false until it is known
 * - `state.own`: null until it was read; then `address` (may be empty), `hint` (a sentence that says what to do instead
 *   of copying it; may be empty), and `remedy`, a button for this: `{name, onClick}` or null
 * - `load()`: reads it
 * - `copy()`: copies it, and says so
 */
export const bccDropboxAddressService = {
    dependencies: ["action", "notification", "orm"],

    start(env, {action, notification, orm}) {
        const state = reactive({isPermitted: false, own: null});
        let reading = null;
        user.hasGroup("crm_bcc_dropbox.group_bcc_dropbox_user").then((isPermitted) => {
            state.isPermitted = isPermitted;
        });

        async function read() {
            const [values] = await orm.silent.read("res.users", [user.userId], FIELDS);
            // of a mailbox for BCC copies, whose address is no secret
            const address = values.bcc_dropbox_mailbox || values.bcc_dropbox_address || "";
            const isExposed = Boolean(values.bcc_dropbox_leak) && address === values.bcc_dropbox_address;
            state.own = {address: isExposed ? "" : address, ...(isExposed || !address ? advise(isExposed) : {})};
            return state.own;
        }

        function advise(isExposed) {
            if (isExposed) {
                return {
                    hint: _t("Your BCC address may be exposed. Create a new one in your preferences."),
                    remedy: {name: _t("My Preferences"), onClick: openPreferences},
                };
            }
            if (user.isSystem) {
                return {
                    hint: _t("You don't have a BCC address yet."),
                    remedy: {name: _t("Set Up BCC Dropbox"), onClick: openSetup},
                };
            }
            return {hint: _t("You don't have a BCC address yet. Ask your administrator."), remedy: null};
        }

        function openPreferences() {
            // from the registry: other apps replace it
            registry.category("user_menuitems").get("preferences")(env).callback();
        }

        function openSetup() {
            action.doAction("crm_bcc_dropbox.crm_bcc_dropbox_setup_action");
        }

        function load() {
            reading ||= read().finally(() => {
                reading = null;
            });
            return reading;
        }

        async function copy() {
            const loading = load();
            const text = loading.then(({address, hint}) => {
                if (hint) {
                    throw new Error(hint);
                }
                return address;
            });
            const [{address, hint, remedy}, isCopied] = await Promise.all([loading, copyPromised(text)]);
            if (hint) {
                notification.add(hint, {type: "warning", sticky: true, buttons: remedy ? [remedy] : []});
            } else if (isCopied) {
                notification.add(_t("BCC address copied."), {type: "success"});
            } else {
                const title = _t("Your browser doesn't let Odoo copy. Select your BCC address and copy it:");
                notification.add(
                    markup`${title} <bdi class="o_bcc_dropbox_uncopied user-select-all d-block fw-bold text-break">${address}</bdi>`,
                    {
                        type: "warning",
                        sticky: true,
                    },
                );
            }
        }

        return {state, load, copy};
    },
};

registry.category("services").add("bcc_dropbox_address", bccDropboxAddressService);
