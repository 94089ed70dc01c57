import {_t} from "@web/core/l10n/translation";
import {formatList} from "@web/core/l10n/utils";
import {registry} from "@web/core/registry";

const EMAIL = "crm.bcc.dropbox.email";
const LINE = "crm.bcc.dropbox.email.line";

/** Milliseconds to read a toast and to choose a button. As long as it is there, further emails join it. */
const DELAY = 10000;

/** Records that a toast names. */
const MAX_NAMES = 3;

/** A toast about emails of one kind that arrive within a few seconds. */
class Toast {
    /**
     * @param {Object} services
     * @param {(ids: number[]) => Promise<{text: string, options: (close: Function) => Object}>} describe returns the text
     *  and the options of the notification, whose buttons close it
     */
    constructor(services, describe) {
        this.notification = services.notification;
        this.describe = describe;
        this.ids = [];
    }

    async add(ids) {
        const shown = (this.ids = [...this.ids, ...ids]);
        const {text, options} = await this.describe(shown);
        if (shown !== this.ids) {
            return; // more have arrived, or the toast was closed
        }
        this.close?.();
        const close = this.notification.add(text, {
            autocloseDelay: DELAY,
            onClose: () => this.forget(shown),
            ...options(() => close()),
        });
        this.close = close;
    }

    /** Begin anew after the toast is gone, unless another one has replaced it. */
    forget(ids) {
        if (ids === this.ids) {
            this.ids = [];
            this.close = undefined;
        }
    }
}

/**
 * Tells users at the screen that emails of theirs arrived: where one was logged, with buttons to undo or move that, or
 * that one was not logged. The server decides who is told. Background tabs show nothing.
 */
export class ArrivalToasts {
    constructor(services) {
        this.services = services;
        this.logged = new Toast(services, (ids) => this.describeLogged(ids));
        this.problems = new Toast(services, (ids) => this.describeProblems(ids));
        services.bcc_dropbox.bus.addEventListener("arrived", ({detail}) => this.show(detail));
    }

    show({logged, problems}) {
        if (document.visibilityState === "hidden") {
            return;
        }
        if (logged.length) {
            this.logged.add(logged);
        }
        if (problems.length) {
            this.problems.add(problems);
        }
    }

    async describeLogged(ids) {
        if (ids.length > 1) {
            const options = (close) => ({type: "success", buttons: [this.makeShowButton(ids, close)]});
            return {text: _t("%s emails logged.", ids.length), options};
        }
        const domain = [
            ["email_id", "in", ids],
            ["outcome", "in", ["matched", "created"]],
        ];
        const lines = await this.services.orm.silent.searchRead(LINE, domain, ["record"]);
        const names = [...new Set(lines.map((line) => line.record).filter(Boolean))];
        return {
            text: this.getText(names),
            options: (close) => ({type: "success", buttons: this.makeButtons(ids, lines, close)}),
        };
    }

    getText(names) {
        if (names.length > MAX_NAMES) {
            return _t("Logged on %s records.", names.length);
        }
        return names.length ? _t("Logged on %s.", formatList(names)) : _t("Your email was logged.");
    }

    makeButtons(ids, lines, close) {
        const {action, orm} = this.services;
        const undo = {
            name: _t("Undo"),
            onClick: async () => {
                close();
                await action.doAction(await orm.call(EMAIL, "action_undo", [ids]));
            },
        };
        const move = {
            name: _t("Move"),
            onClick: async () => {
                close();
                await action.doAction(await orm.call(LINE, "action_move", [[lines[0].id]]));
            },
        };
        return lines.length === 1 ? [undo, move] : [undo];
    }

    async describeProblems(ids) {
        const text = ids.length > 1 ? _t("%s emails were not logged.", ids.length) : _t("An email was not logged.");
        return {text, options: (close) => ({type: "warning", buttons: [this.makeShowButton(ids, close)]})};
    }

    makeShowButton(ids, close) {
        const views = ["list", "kanban", "form"].map((type) => [false, type]);
        const several = {name: _t("Captured Emails"), domain: [["id", "in", ids]], views};
        const one = {res_id: ids[0], views: [[false, "form"]]};
        return {
            name: _t("Show"),
            onClick: () => {
                close();
                this.services.action.doAction({
                    type: "ir.actions.act_window",
                    res_model: EMAIL,
                    ...(ids.length > 1 ? several : one),
                });
            },
        };
    }
}

export const bccDropboxToastService = {
    dependencies: ["action", "bcc_dropbox", "notification", "orm"],

    start(_env, services) {
        return new ArrivalToasts(services);
    },
};

registry.category("services").add("bcc_dropbox_toasts", bccDropboxToastService);
