import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";

/** Milliseconds to decide; the notification stays as long as the pointer is on it. */
const DELAY = 10000;

/** Undoes the action whose notification is shown. */
const HOTKEY = "alt+shift+z";

/** Closes the notification that is shown: its *Undo* is about an earlier action. */
let closeShown = null;

/**
 * Say what an action on captured emails did, with *Undo* and *Open*; close its dialog, and update what pages show.
 *
 * `tools/toast.py` makes it. The text is plain: strangers write the names in it.
 *
 * @param {Object} env
 * @param {Object} action
 * @param {Object} action.params message, type, emailIds, undo and record
 * @param {Object} options onClose reloads the view that the action was started from
 */
function done(env, {params}, options) {
    const {action, bcc_dropbox: dropbox, hotkey, notification, orm} = env.services;
    const {message, type, emailIds, undo, record} = params;
    const buttons = [];
    closeShown?.();
    let removeHotkey = () => {};
    const close = notification.add(message, {
        type,
        buttons,
        autocloseDelay: DELAY,
        onClose: () => {
            removeHotkey();
            closeShown = closeShown === close ? null : closeShown;
        },
    });
    closeShown = close;
    if (undo) {
        const takeBack = async () => {
            close();
            const result = await orm.call(undo.model, undo.method, [undo.ids]);
            if (result?.tag) {
                return action.doAction(result, {onClose: options.onClose});
            }
            await options.onClose?.(); // first: it would drop what is selected in a list, other than a reload
            dropbox.bus.trigger("changed", {emailIds});
        };
        buttons.push({name: _t("Undo"), onClick: takeBack});
        removeHotkey = hotkey.add(HOTKEY, takeBack, {global: true, bypassEditableProtection: true});
    }
    if (record) {
        buttons.push({
            name: _t("Open"),
            onClick: () => {
                close();
                action.doAction({
                    type: "ir.actions.act_window",
                    res_model: record.model,
                    res_id: record.id,
                    views: [[false, "form"]],
                });
            },
        });
    }
    dropbox.bus.trigger("changed", {emailIds});
    return {type: "ir.actions.act_window_close"};
}

registry.category("actions").add("bcc_dropbox_done", done);
