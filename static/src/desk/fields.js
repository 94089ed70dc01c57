import {loadCssFromBundle} from "@mail/utils/common/misc";
import {loadHeldPictures, HELD} from "../message/held_pictures";

import {_t} from "@web/core/l10n/translation";
import {useService} from "@web/core/utils/hooks";
import {registry} from "@web/core/registry";
import {createElementWithContent} from "@web/core/utils/html";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

import {Component, markup, onMounted, useEffect, useRef, useState} from "@odoo/owl";

/** The records that an email is logged on: a click opens one. */
export class ChipsField extends Component {
    static template = "crm_bcc_dropbox.ChipsField";
    static props = {...standardFieldProps, problem: {type: String, optional: true}};

    setup() {
        this.action = useService("action");
    }

    get chips() {
        return this.props.record.data[this.props.name] || [];
    }

    /** What went wrong with the email, for lists, which have no room for a column of its own. */
    get problem() {
        return this.props.problem && this.props.record.data[this.props.problem];
    }

    get problemClass() {
        const {state, proposal_count: proposalCount} = this.props.record.data;
        if (state === "failed") {
            return "text-bg-danger";
        }
        return ["refused", "unmatched"].includes(state) || proposalCount ? "text-bg-warning" : "text-bg-300";
    }

    getTitle({kind, name, created}) {
        const title = kind ? `${kind}: ${name}` : name;
        return created ? _t("%(record)s, created for this email", {record: title}) : title;
    }

    open({model, res_id: resId}) {
        const type = "ir.actions.act_window";
        return this.action.doAction({type, res_model: model, res_id: resId, views: [[false, "form"]]});
    }
}

registry.category("fields").add("bcc_dropbox_chips", {
    component: ChipsField,
    supportedTypes: ["json"],
    extractProps: ({options}) => ({problem: options.problem}),
});

/** Sender and recipients of an email by their names, with the addresses as tooltips. */
export class PeopleField extends Component {
    static template = "crm_bcc_dropbox.PeopleField";
    static props = standardFieldProps;

    get rows() {
        const people = this.props.record.data[this.props.name] || {};
        const labels = {
            email_from: _t("From"),
            email_to: _t("To"),
            email_cc: _t("Cc"),
            forwarded_by: _t("Forwarded By"),
        };
        return Object.entries(labels)
            .filter(([name]) => people[name]?.length)
            .map(([name, label]) => ({name, label, people: people[name]}));
    }
}

registry.category("fields").add("bcc_dropbox_people", {component: PeopleField, supportedTypes: ["json"]});

/** The text of an email, in a shadow root as in the chatter: its styles must not reach the rest of the page. */
export class EmailBody extends Component {
    static template = "crm_bcc_dropbox.EmailBody";
    static props = {html: String, messageId: {type: [Number, Boolean], optional: true}};

    setup() {
        this.body = useRef("body");
        this.state = useState({showsPictures: false});
        onMounted(() => {
            this.shadowRoot = this.body.el.attachShadow({mode: "open"});
            loadCssFromBundle(this.shadowRoot, "mail.assets_message_email");
        });
        useEffect(
            (html) => {
                // the server has sanitised it
                const element = createElementWithContent("div", markup(html));
                element.dir = "auto";
                for (const link of element.querySelectorAll("a[href]")) {
                    link.target = "_blank";
                    link.rel = "noopener noreferrer";
                }
                this.shadowRoot.appendChild(element);
                if (this.state.showsPictures) {
                    loadHeldPictures(this.shadowRoot, this.props.messageId);
                }
                return () => element.remove();
            },
            () => [this.props.html],
        );
    }

    /** Whether there are remote pictures that the reader has not asked for yet. */
    get hasHeldPictures() {
        return this.props.messageId && !this.state.showsPictures && this.props.html.includes(HELD);
    }

    showPictures() {
        this.state.showsPictures = true;
        loadHeldPictures(this.shadowRoot, this.props.messageId);
    }
}

/** The texts and files of an email. */
export class ContentField extends Component {
    static template = "crm_bcc_dropbox.ContentField";
    static components = {EmailBody};
    static props = standardFieldProps;

    get contents() {
        return this.props.record.data[this.props.name] || [];
    }
}

registry.category("fields").add("bcc_dropbox_content", {component: ContentField, supportedTypes: ["json"]});
