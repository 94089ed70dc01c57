import {registerMessageAction} from "@mail/core/common/message_actions";

import {_t} from "@web/core/l10n/translation";

import {toRaw} from "@odoo/owl";

const LINE = "crm.bcc.dropbox.email.line";

/** The captured email of a message, for its owner and managers only. */
const condition = ({message}) => Boolean(message.bcc_dropbox_lines);

/** Show in the chatter what an action has changed, even if the bus does not work. */
function update(store, message, thread) {
    return store.env.services.bcc_dropbox_chatters.update(toRaw(thread), [message.id]);
}

/** Call a method about the recipients whose record this is; open the dialog, or show the notification, that it returns. */
async function call(method, {message, store, thread}) {
    const {action, orm} = store.env.services;
    const result = await orm.call(LINE, method, [message.bcc_dropbox_lines.ids]);
    await action.doAction(result, {onClose: () => update(store, message, thread)});
}

registerMessageAction("bcc-dropbox-open", {
    condition,
    icon: "fa fa-envelope-open-o",
    name: _t("Open in Captured Emails"),
    onSelected: ({message, store}) =>
        store.env.services.action.doAction({
            type: "ir.actions.act_window",
            res_model: "crm.bcc.dropbox.email",
            res_id: message.bcc_dropbox_lines.email_id,
            views: [[false, "form"]],
        }),
    sequence: 80,
});

registerMessageAction("bcc-dropbox-move", {
    // an email that is here for several recipients would stay here for the others
    condition: ({message}) => message.bcc_dropbox_lines?.ids.length === 1,
    icon: "fa fa-arrow-right",
    name: _t("Move to…"),
    onSelected: (action) => call("action_move", action),
    sequence: 81,
});

registerMessageAction("bcc-dropbox-undo", {
    condition,
    icon: "fa fa-undo",
    name: _t("Undo"),
    onSelected: (action) => call("action_undo", action),
    sequence: 82,
});

registerMessageAction("bcc-dropbox-never", {
    condition,
    icon: "fa fa-ban",
    name: _t("Never This Address"),
    onSelected: (action) => call("action_never_address", action),
    sequence: 83,
});
