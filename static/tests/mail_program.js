/**
 * A picture of a mail program in front of the page, for the animation of the store page: what users see before Odoo
 * has anything to show.
 */
const ID = "o_bcc_dropbox_mail_program";

const ROW = "display: flex; align-items: center; gap: 12px; min-height: 48px; border-bottom: 1px solid #dee2e6;";
const CHIP = "background: #e7eef7; border-radius: 16px; padding: 4px 14px;";

/** @returns {HTMLElement} an element with a style and children */
function make(style, ...children) {
    const element = document.createElement("div");
    element.style.cssText = style;
    element.append(...children);
    return element;
}

function makeRow(label, ...children) {
    return make(ROW, make("width: 72px; color: #5f6368;", label), ...children);
}

function makeCompletion(address) {
    const icon = document.createElement("img");
    icon.src = "/crm_bcc_dropbox/static/description/icon.png";
    icon.alt = "";
    icon.style.cssText = "width: 40px; height: 40px;";
    const texts = make(
        "line-height: 1.3;",
        make("font-weight: 600;", "Odoo (BCC)"),
        make("color: #5f6368; font-size: 15px;", address),
    );
    const place =
        "position: absolute; left: 0; top: 36px; display: flex; align-items: center; gap: 12px; padding: 10px 18px;" +
        "background: #eef3fc; border-radius: 6px; box-shadow: 0 4px 16px #0004; white-space: nowrap; z-index: 1;";
    return make(place, icon, texts);
}

/**
 * Returns a step of a tour that shows an email being written.
 *
 * @param {Object} email `to`, `subject`, `lines`, and `typed`, what is typed in Bcc so far; or `isAdded`, if the BCC
 *      address is there
 * @returns {Object}
 */
export function showMailProgram({to, subject, lines, typed, isAdded}) {
    return {
        content: "Write an email in a mail program",
        trigger: ".o_web_client:has(.o_kanban_renderer)",
        async run() {
            const {address} = await odoo.__WOWL_DEBUG__.root.env.services.bcc_dropbox_address.load();
            const bcc = isAdded
                ? make(CHIP, "Odoo (BCC)")
                : make("position: relative; height: 28px;", typed, makeCompletion(address));
            const send = make("background: #1a5fb4; color: #fff; border-radius: 6px; padding: 8px 28px;", "Send");
            send.id = "o_bcc_dropbox_send";
            const sheet = make(
                "flex: 1; padding: 8px 32px 28px; font-size: 18px; background: #fff; color: #202124;",
                makeRow("To", make(CHIP, to)),
                makeRow("Bcc", bcc),
                makeRow("Subject", subject),
                make("white-space: pre-line; line-height: 1.6; padding: 20px 0; flex: 1;", lines.join("\n")),
                make("display: flex;", send),
            );
            sheet.style.display = "flex";
            sheet.style.flexDirection = "column";
            const title = make("background: #3c4043; color: #fff; padding: 12px 32px; font-size: 17px;", "New message");
            const program = make(
                "width: 860px; height: 620px; display: flex; flex-direction: column; border-radius: 10px;" +
                    "overflow: hidden; box-shadow: 0 12px 40px #0005;",
                title,
                sheet,
            );
            const backdrop = make(
                "position: fixed; inset: 0; z-index: 5000; display: flex; align-items: center; justify-content: center;" +
                    "background: #d5dae8;",
                program,
            );
            backdrop.id = ID;
            document.getElementById(ID)?.remove();
            document.body.append(backdrop);
        },
    };
}
