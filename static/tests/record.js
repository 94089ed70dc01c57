/**
 * Returns the steps of a tour that choose a contact in the dialog that asks for a record.
 *
 * @param {string} name
 * @returns {Object[]}
 */
export function chooseContact(name) {
    const record = ".modal .o_field_widget[name='record']";
    return [
        {
            content: "Choose the kind of record",
            trigger: `${record} select`,
            run: "selectByLabel Contact",
        },
        {
            content: "Look for the customer",
            trigger: `${record} input`,
            isActive: ["desktop"],
            run: `edit ${name}`,
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
