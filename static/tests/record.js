/**
 * Returns the steps of a tour that choose a contact in the dialog that asks for a record.
 *
 * @param {string} name
 * @param {string} [text] text to type to find it
 * @returns {Object[]}
 */
export function chooseContact(name, text = name) {
    const record = ".modal .o_field_widget[name='record']";
    return [
        {
            content: "Nothing is red, and there is nothing to confirm yet",
            trigger: ".modal:not(:has(.o_field_invalid)):not(:has(button[name='action_confirm']))",
        },
        {
            content: "Choose the kind of record",
            trigger: `${record} select`,
            run: "selectByLabel Contact",
        },
        {
            content: "Look for the customer",
            trigger: `${record} input`,
            isActive: ["desktop"],
            run: `edit ${text}`,
        },
        {
            content: "Choose the customer",
            trigger: `.o-autocomplete--dropdown-item:contains('${name}')`,
            isActive: ["desktop"],
            run: "click",
        },
        {
            content: "Look for the customer",
            trigger: `${record} input`,
            isActive: ["mobile"],
            run: "click",
        },
        {
            content: "Choose the customer",
            trigger: `.modal .o_kanban_record:contains('${name}')`,
            isActive: ["mobile"],
            run: "click",
        },
        {
            content: "Go on to the buttons, for the list to close",
            trigger: `${record} input`,
            isActive: ["desktop"],
            run: "press Tab",
        },
        {
            content: "It is closed",
            trigger: "body:not(:has(.o-autocomplete--dropdown-menu))",
        },
    ];
}
