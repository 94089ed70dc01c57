import {rpcBus} from "@web/core/network/rpc";

/** What a screen is checked in, unless the tour says so: the innermost of these around the trigger. */
const SCOPES = ".tab-pane, .modal-content, .o_popover, .o_action, body";

/** What may be wider than its place, for the user can move it: core's own wrappers of tables and tabs. */
const SCROLLABLE = ".o_list_renderer, .table-responsive, .o_notebook_headers";

/** Findings in what core makes inside of our markup, as narrow as may be. */
const FINDINGS_OF_CORE = [
    // the grey of core's theme has a contrast of 4.3, 4.5 is asked for
    {rule: "color-contrast", elements: ".text-muted"},
    // the button of the widget CopyClipboardChar is an icon without a name
    {rule: "button-name", elements: ".o_field_CopyClipboardChar .o_clipboard_button"},
    // checkboxes in the cells of lists have the column's title, but not as a label
    {rule: "label", elements: ".o_data_cell input[type='checkbox']"},
];

let pending = 0;
rpcBus.addEventListener("RPC:REQUEST", () => pending++);
rpcBus.addEventListener("RPC:RESPONSE", () => pending--);

/**
 * A step of a tour that checks a screen and photographs it.
 *
 * When all of it is there, it may have no accessibility finding of impact serious or critical, and nothing may have to
 * be scrolled sideways. The check for accessibility needs axe-core, the photograph a folder to put it: both come from
 * the browser of `tests/screens.py`.
 *
 * @param {string} name the photograph's, without extension
 * @param {Object} options
 * @param {string} options.trigger what has to be there
 * @param {string} [options.scope] what is checked: the markup of the addon
 * @param {string} [options.show] what is scrolled to the top instead of the beginning of the screen
 * @param {string[]} [options.isActive] as in any other step
 */
export function screen(name, {trigger, scope, show, ...options}) {
    return {
        content: `Check and photograph the screen “${name}”`,
        trigger,
        timeout: 60000,
        ...options,
        async run() {
            await settle();
            const checked = scope ? document.querySelector(scope) : this.anchor.closest(SCOPES);
            if (!checked) {
                throw new Error(`Screen “${name}”: there is no ${scope}.`);
            }
            scrollTo(show ? document.querySelector(show) : checked, Boolean(show));
            await settle();
            const complaints = [...findSideways(checked), ...(await findInaccessible(checked))];
            if (complaints.length) {
                throw new Error(`Screen “${name}”:\n${complaints.join("\n")}`);
            }
            await photograph(name);
        },
    };
}

// ------------------------------------------------------------
// WAITING
// ------------------------------------------------------------

/** Wait until requests are answered, what they brought is drawn, and fonts, images and animations are complete. */
async function settle() {
    do {
        await idle();
        await Promise.all([document.fonts.ready, ...[...document.images].map(load)]);
        await Promise.all(
            document
                .getAnimations()
                .filter(ends)
                .map((animation) => animation.finished.catch(() => {})),
        );
        await frame();
        await frame();
    } while (pending || document.getAnimations().some(ends) || [...document.images].some((image) => !image.complete));
}

function idle() {
    return new Promise((resolve) => {
        const check = () => {
            if (!pending) {
                rpcBus.removeEventListener("RPC:RESPONSE", check);
                resolve();
            }
        };
        rpcBus.addEventListener("RPC:RESPONSE", check);
        check();
    });
}

function load(image) {
    image.loading = "eager";
    return (
        image.complete ||
        new Promise((resolve) => {
            image.addEventListener("load", resolve, {once: true});
            image.addEventListener("error", resolve, {once: true});
        })
    );
}

function ends(animation) {
    return animation.playState === "running" && animation.effect.getComputedTiming().endTime !== Infinity;
}

function frame() {
    return new Promise((resolve) => requestAnimationFrame(resolve));
}

// ------------------------------------------------------------
// CHECKS
// ------------------------------------------------------------

/** Scroll an element to the top, or all around it to the beginning. */
function scrollTo(element, toElement) {
    for (let outer = element; outer; outer = outer.parentElement) {
        outer.scrollTo({top: 0, left: 0, behavior: "instant"});
    }
    if (toElement) {
        element.scrollIntoView({block: "start", behavior: "instant"});
    }
}

/** Whatever is wider than its place: the page, what is checked, or an element inside of it that scrolls. */
function findSideways(checked) {
    const elements = [document.documentElement, checked, ...[...checked.querySelectorAll("*")].filter(scrolls)];
    const wide = elements.filter((element) => !element.matches(SCROLLABLE) && isWide(element));
    return wide.map(
        (element) => `scrolls sideways: ${describe(element)} (${element.scrollWidth} > ${element.clientWidth} pixels)`,
    );
}

function scrolls(element) {
    return ["auto", "scroll"].includes(getComputedStyle(element).overflowX);
}

/** Widths are rounded, each on its own. */
function isWide(element) {
    return element.scrollWidth > element.clientWidth + 1;
}

function describe(element) {
    const id = element.id ? `#${element.id}` : "";
    const name = element.getAttribute("name");
    return [element.localName + id, ...element.classList].join(".") + (name ? `[name=${name}]` : "");
}

async function findInaccessible(checked) {
    if (!window.axe) {
        return [];
    }
    const results = await window.axe.run(checked, {elementRef: true, resultTypes: ["violations"]});
    return results.violations
        .filter(({impact}) => ["serious", "critical"].includes(impact))
        .flatMap(({id, impact, help, nodes}) =>
            nodes
                .filter(({element}) => !isOfCore(id, element))
                .map(({target, any}) => `${id} (${impact}) at ${target.join(" ")}: ${help}. ${any[0]?.message || ""}`),
        );
}

function isOfCore(id, element) {
    return FINDINGS_OF_CORE.some(({rule, elements}) => rule === id && element.matches(elements));
}

// ------------------------------------------------------------
// PHOTOGRAPHS
// ------------------------------------------------------------

/** Ask the browser for a photograph, and wait until it is taken. */
async function photograph(name) {
    if (!window.bccDropboxPhotograph) {
        return;
    }
    if (document.activeElement.matches("a, button")) {
        document.activeElement.blur(); // whoever reads a manual has clicked nothing yet
    }
    const answer = new Promise((resolve) => {
        window.addEventListener("bcc_dropbox_photographed", resolve, {once: true});
    });
    window.bccDropboxPhotograph(name);
    const {detail} = await answer;
    if (detail) {
        throw new Error(`Screen “${name}” could not be photographed: ${detail}`);
    }
}
