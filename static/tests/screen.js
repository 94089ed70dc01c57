import {rpcBus} from "@web/core/network/rpc";

/** What is checked unless the tour gives a scope: the innermost of these around the trigger. */
const SCOPES = ".tab-pane, .modal-content, .o_popover, .o_content, body";

/** What may be wider than its container, because users can scroll it: pivots and pipelines on phones, tabs, buttons of graphs, emails. */
const SCROLLABLE = [
    ".o_pivot.table-responsive",
    ".o_notebook_headers",
    ".o_graph_renderer > .overflow-x-auto",
    ".o_kanban_grouped",
    ".o_bcc_dropbox_body",
].join();

/** What stays above the page, or over it, when the page scrolls. */
const BARS = ".o_control_panel, .o_form_statusbar";

/** Findings in core's markup inside ours, as narrow as possible. */
const FINDINGS_OF_CORE = [
    // the greys of core's theme have a contrast of 4.3, and 2.1 for labels on phones; 4.5 is required
    {rule: "color-contrast", elements: ".text-muted, .text-muted *, .o_form_label"},
    // tabs are not the children of their list, but of its items
    {rule: "aria-required-parent", elements: ".o_notebook_headers .nav-link"},
    // the list of models in the widget reference has no name
    {rule: "select-name", elements: ".o_field_reference select"},
    // the table of a pivot can be scrolled, but not by keys
    {rule: "scrollable-region-focusable", elements: ".o_pivot"},
    // the button that chooses the columns of a list has no name
    {rule: "button-name", elements: ".o_list_actions_header button"},
    // checkboxes of lists have the column's title above them, but not as a label; those that select rows have none
    {rule: "label", elements: ".o_data_cell input[type='checkbox'], .o_list_record_selector input"},
    // items of menus can't be selected, but say that they aren't
    {rule: "aria-allowed-attr", elements: ".o-dropdown-item[role='menuitem']"},
    // the avatar of a user stands beside the name, and should have an empty text
    {rule: "image-alt", elements: ".o_m2o_avatar img"},
];

// by number: a request that is aborted after its response is reported twice
const pending = new Set();
rpcBus.addEventListener("RPC:REQUEST", ({detail}) => pending.add(detail.data.id));
rpcBus.addEventListener("RPC:RESPONSE", ({detail}) => pending.delete(detail.data.id));

/**
 * Returns a step of a tour that checks a screen and takes a screenshot.
 *
 * The complete screen must not have accessibility findings of serious or critical impact, and must not scroll sideways.
 * The accessibility check requires axe-core, the screenshot a folder: the browser of `tests/screens.py` provides both.
 *
 * @param {string} name of the screenshot, without extension
 * @param {Object} options
 * @param {string} options.trigger element to wait for
 * @param {string|false} [options.scope] what is checked, where it is not all of the form, list, dialog or tab around
 *      the trigger; false if nothing of that is ours
 * @param {string|false} [options.show] what is scrolled to the top instead of the beginning of the screen; false if
 *      nothing is to be scrolled, for menus of phones close then
 * @param {string[]} [options.isActive] as in any other step
 */
export function screen(name, {trigger, scope, show, ...options}) {
    return {
        content: `Check the screen “${name}” and take a screenshot`,
        trigger,
        timeout: 60000,
        ...options,
        async run() {
            const ours = scope !== false;
            await settle();
            const checked = scope ? get(scope) : this.anchor.closest(SCOPES);
            if (show !== false) {
                scrollTo(show ? get(show) : checked, Boolean(show));
            }
            await settle();
            if (show) {
                uncover(get(show));
                await settle();
                uncover(get(show));
            }
            const complaints = [
                ...findSideways(ours ? [checked, ...checked.querySelectorAll("*")] : []),
                ...(ours ? await findInaccessible(checked) : []),
            ];
            if (complaints.length) {
                throw new Error(`Screen “${name}”:\n${complaints.join("\n")}`);
            }
            await photograph(name);
        },
    };
}

/**
 * Returns a step of a tour that takes a screenshot for an animation, without any check.
 *
 * @param {string} name of the screenshot, without extension
 * @param {Object} options
 * @param {string} options.trigger element to wait for
 * @param {boolean} [options.isMarked] whether a frame is drawn around that element
 */
export function frame(name, {trigger, isMarked}) {
    return {
        content: `Take the picture “${name}” of an animation`,
        trigger,
        timeout: 60000,
        async run() {
            await settle();
            this.anchor.scrollIntoView({block: "center", behavior: "instant"});
            await settle();
            const mark = isMarked ? drawMark(this.anchor.getBoundingClientRect()) : null;
            await photograph(name);
            mark?.remove();
        },
    };
}

/** Draw a frame over the page, so that nothing on it can hide a side of the frame. */
function drawMark({left, top, width, height}) {
    const mark = document.createElement("div");
    mark.style.cssText = `position: fixed; z-index: 9999; border: 4px solid #e8590c; border-radius: 8px;
        left: ${left - 4}px; top: ${top - 4}px; width: ${width + 8}px; height: ${height + 8}px;`;
    document.body.append(mark);
    return mark;
}

function get(selector) {
    const element = document.querySelector(selector);
    if (!element) {
        throw new Error(`There is no ${selector}.`);
    }
    return element;
}

// ------------------------------------------------------------
// WAITING
// ------------------------------------------------------------

/** Wait until all requests are answered and rendered, and fonts, images and animations are complete. */
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
        await nextFrame();
        await nextFrame();
        document.querySelectorAll("canvas").forEach(complete);
    } while (
        pending.size ||
        document.getAnimations().some(ends) ||
        [...document.images].some((image) => !image.complete)
    );
}

function idle() {
    return new Promise((resolve) => {
        const check = () => {
            if (!pending.size) {
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

/** Charts animate themselves, unknown to the browser. */
function complete(canvas) {
    const chart = window.Chart?.getChart(canvas);
    chart?.stop();
    chart?.update("none");
}

function nextFrame() {
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

/** Scroll back until no bar is over an element; on phones, bars come and go with the scrolling. */
function uncover(element) {
    const bars = [...document.querySelectorAll(BARS)].map((bar) => bar.getBoundingClientRect().bottom);
    const hidden = Math.max(0, ...bars) - element.getBoundingClientRect().top;
    let outer = element.parentElement;
    while (outer && !outer.scrollTop) {
        outer = outer.parentElement;
    }
    if (hidden > 0) {
        outer?.scrollBy({top: -hidden, behavior: "instant"});
    }
}

/**
 * What has to be scrolled sideways: the page, elements that scroll in or around the one that is checked, or that one
 * itself when it goes beyond the window. (Groups in tabs are wider than the tab: core's margins are negative there.)
 */
function findSideways([checked, ...inside]) {
    const around = [document.documentElement];
    for (let outer = checked?.parentElement; outer; outer = outer.parentElement) {
        around.push(outer);
    }
    const complaints = [...around, ...inside]
        .filter((element) => element === document.documentElement || scrolls(element))
        .filter((element) => !element.matches(SCROLLABLE) && isWide(element));
    if (checked && checked.getBoundingClientRect().left + checked.scrollWidth > window.innerWidth + 1) {
        complaints.push(checked);
    }
    return [...new Set(complaints)].map(
        (wide) => `scrolls sideways (${wide.scrollWidth} > ${wide.clientWidth} pixels) on ${describe(wide)}`,
    );
}

function scrolls(element) {
    return ["auto", "scroll"].includes(getComputedStyle(element).overflowX);
}

/** Widths are rounded, each on its own. */
function isWide(element) {
    return element.scrollWidth > element.clientWidth + 1;
}

/** Its first tag. */
function describe(element) {
    return element.cloneNode(false).outerHTML.replace(/<\/.*/, "").slice(0, 300);
}

async function findInaccessible(checked) {
    if (!window.axe) {
        return [];
    }
    const results = await window.axe.run(checked, {elementRef: true, resultTypes: ["violations"]});
    return results.violations
        .filter(({impact}) => ["serious", "critical"].includes(impact))
        .map((finding) => ({...finding, nodes: finding.nodes.filter(({element}) => !isOfCore(finding.id, element))}))
        .filter(({nodes}) => nodes.length)
        .map(({id, impact, help, nodes}) => {
            const places = nodes.map(({element, any}) => `    on ${describe(element)} ${any[0]?.message || ""}`);
            return [`${id} (${impact}, ${nodes.length} in all): ${help}`, ...places.slice(0, 3)].join("\n");
        });
}

function isOfCore(id, element) {
    return FINDINGS_OF_CORE.some(({rule, elements}) => rule === id && element.matches(elements));
}

// ------------------------------------------------------------
// PHOTOGRAPHS
// ------------------------------------------------------------

/** Hides what differs from run to run: the blinking cursor, and whether the server knows who is online. */
const restless = new CSSStyleSheet();
restless.replaceSync(`
    * { caret-color: transparent !important; }
    .o-web-UserMenu-imStatus { display: none !important; }
`);

/** Request a screenshot from the browser, and wait for it. */
async function photograph(name) {
    if (!window.bccDropboxPhotograph) {
        return;
    }
    if (document.activeElement.matches("a, button, summary")) {
        document.activeElement.blur(); // manuals show screens before a click
    }
    if (!document.adoptedStyleSheets.includes(restless)) {
        document.adoptedStyleSheets = [...document.adoptedStyleSheets, restless];
    }
    // Odoo notifies about rejected emails there, over the screen
    document.querySelector(".o-mail-ChatHub")?.classList.add("d-none");
    const answer = new Promise((resolve) => {
        window.addEventListener("bcc_dropbox_photographed", resolve, {once: true});
    });
    window.bccDropboxPhotograph(name);
    const {detail} = await answer;
    if (detail) {
        throw new Error(`Screen “${name}” could not be photographed: ${detail}`);
    }
}
