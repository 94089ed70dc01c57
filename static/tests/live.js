import {rpc} from "@web/core/network/rpc";
import {user} from "@web/core/user";

/** Call a method of the server, like another tab of the user. */
export function call(model, method, args, kwargs = {}) {
    return rpc(`/web/dataset/call_kw/${model}/${method}`, {model, method, args, kwargs});
}

/**
 * Deliver an email of the user to the gateway, with their BCC address in Bcc, like the delivery script.
 *
 * @param {string} to
 * @param {string} subject
 */
export async function deliver(to, subject) {
    const [{bcc_dropbox_address: address, email}] = await call("res.users", "read", [
        [user.userId],
        ["bcc_dropbox_address", "email"],
    ]);
    const mail = [
        `X-Original-To: ${address}`,
        `From: ${user.name} <${email}>`,
        `To: ${to}`,
        `Subject: ${subject}`,
        "Date: Tue, 24 Nov 2026 10:28:00 +0100",
        `Message-ID: <${subject.replace(/\W/g, "")}.live@laptop.example>`,
        "",
        "Good morning,\n\nas we agreed on the phone, here is what you asked for.\n",
    ].join("\n");
    await call("mail.thread", "message_process", [false, mail]);
}

/** Mark this page: a page that is loaded again has no mark. */
export const markPage = {
    content: "Mark the page",
    trigger: "body",
    run() {
        document.body.dataset.bccDropboxMark = "1";
    },
};

/** Check that the page was not loaded again. */
export const checkPage = {
    content: "The page was not loaded again",
    trigger: "body[data-bcc-dropbox-mark]",
};
