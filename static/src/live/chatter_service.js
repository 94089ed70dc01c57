import {registry} from "@web/core/registry";

/**
 * Shows captured emails in the chatters that are open, as soon as they are logged there or removed.
 *
 * - `open(thread, onChange)`: subscribes to the record of a chatter; returns a function that ends this
 * - `update(thread, messageIds)`: reads messages again, with the rights of the user, and shows or removes them; then calls
 *   `onChange(thread)` of all chatters
 */
export class BccDropboxChatters {
    constructor({bcc_dropbox: dropbox, bus_service: bus, "mail.store": store}) {
        this.bus = bus;
        this.store = store;
        /** Number of chatters per id of an open thread: a record can be open in a dialog as well. */
        this.opened = new Map();
        this.callbacks = new Set();
        bus.subscribe("crm_bcc_dropbox.messages", ({model, id, message_ids: messageIds}) => {
            const thread = store.Thread.get({model, id});
            if (thread && this.opened.has(thread.localId)) {
                this.update(thread, messageIds);
            }
        });
        dropbox.bus.addEventListener("changed", () => this.forgetClosed());
    }

    open(thread, onChange) {
        if (!this.store.bcc_dropbox_models.includes(thread.model)) {
            return () => {};
        }
        const {localId} = thread;
        const channel = `bcc_dropbox:${thread.model}:${thread.id}`;
        const count = this.opened.get(localId) ?? 0;
        this.opened.set(localId, count + 1);
        if (!count) {
            this.bus.addChannel(channel);
        }
        this.callbacks.add(onChange);
        return () => {
            this.callbacks.delete(onChange);
            const left = this.opened.get(localId) - 1;
            if (left) {
                this.opened.set(localId, left);
            } else {
                this.opened.delete(localId);
                this.bus.deleteChannel(channel);
            }
        };
    }

    async update(thread, messageIds) {
        await thread.isLoadedDeferred;
        // the newest first: each request returns at least 30 older messages as well
        let ids = messageIds.toSorted((id1, id2) => id2 - id1);
        while (ids.length && this.isShown(thread, ids[0])) {
            const {data, messages} = await thread.fetchMessagesData({around: ids[0]});
            this.store.insert(data);
            const older = messages.filter((id) => id <= ids[0]);
            const last = older.length < this.store.FETCH_LIMIT ? 0 : Math.min(...older);
            for (const id of ids.filter((messageId) => messageId >= last)) {
                this.show(thread, id, messages.includes(id));
            }
            ids = ids.filter((messageId) => messageId < last);
        }
        thread.fetchThreadData(["activities", "attachments"]);
        this.callbacks.forEach((onChange) => onChange(thread));
    }

    /** Return whether a message is in the loaded part of a thread: the user can load older ones. */
    isShown(thread, messageId) {
        return !thread.loadOlder || messageId > (thread.oldestPersistentMessage?.id ?? 0);
    }

    show(thread, messageId, isThere) {
        const message = this.store["mail.message"].get(messageId);
        if (!message || isThere === thread.messages.some(({id}) => id === messageId)) {
            return;
        }
        if (isThere) {
            thread.messages.push(message);
            thread.messages.sort((message1, message2) => message1.id - message2.id);
        } else {
            thread.messages.delete(message);
        }
    }

    /** Forget the messages of records that are not open any more: they may have changed, and are read again. */
    forgetClosed() {
        for (const thread of Object.values(this.store.Thread.records)) {
            const isOurs = this.store.bcc_dropbox_models.includes(thread.model);
            if (isOurs && thread.isLoaded && !this.opened.has(thread.localId)) {
                thread.messages = [];
                thread.isLoaded = false;
            }
        }
    }
}

export const bccDropboxChattersService = {
    dependencies: ["bcc_dropbox", "bus_service", "mail.store"],

    start(_env, services) {
        return new BccDropboxChatters(services);
    },
};

registry.category("services").add("bcc_dropbox_chatters", bccDropboxChattersService);
