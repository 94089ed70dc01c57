import {Chatter} from "@mail/chatter/web_portal/chatter";
import {Store} from "@mail/core/common/store_service";

import {FetchRecordError} from "@web/model/relational_model/errors";
import {patch} from "@web/core/utils/patch";
import {useService} from "@web/core/utils/hooks";

import {useEffect} from "@odoo/owl";

patch(Store.prototype, {
    setup() {
        super.setup(...arguments);
        /** @type {string[]} models of the records that emails are logged on; portal pages have none */
        this.bcc_dropbox_models = [];
        /** Number of the last notification of the bus before the page was made. */
        this.bcc_dropbox_bus_id = 0;
    },
});

// a patch: there is no registry of what a chatter does when it opens and closes
patch(Chatter.prototype, {
    setup() {
        super.setup(...arguments);
        const chatters = useService("bcc_dropbox_chatters");
        const onChange = (thread) => this.onBccDropboxChange(thread);
        useEffect(
            (thread) => (thread?.id ? chatters.open(thread, onChange) : undefined),
            () => [this.state.thread],
        );
    },

    /** Reload the record, whose numbers have changed (captured emails, last email), unless the user is editing it. */
    async onBccDropboxChange(thread) {
        const {record} = this.props;
        if (!record || !thread.eq(this.state.thread) || (await record.isDirty())) {
            return;
        }
        try {
            await record.load();
        } catch (error) {
            if (!(error instanceof FetchRecordError)) {
                throw error; // otherwise the record was deleted, or belongs to others now
            }
        }
    },
});
