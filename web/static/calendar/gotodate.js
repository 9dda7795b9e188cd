// Going to a day: by a small month, or by typing it.
import { html, useState } from "../vendor/preact.js";
import { t } from "../lib/i18n.js";
import { day } from "../lib/time.js";
import { Dialog, modal } from "../ui/dialog.js";
import { MiniMonth } from "./minimonth.js";
import { date, goTo } from "./state.js";

/** Asks for a day and goes there. */
export async function askDate() {
	const answer = await modal((/** @type {(a: string | null) => void} */ close) => html`<${Form} close=${close} />`);
	if (answer) goTo({ date: day(answer) });
}

/** @param {{close: (answer: string | null) => void}} props */
function Form({ close }) {
	const [typed, setTyped] = useState(date.value.toString());
	const submit = (/** @type {Event} */ e) => {
		e.preventDefault();
		if (typed) close(typed);
	};
	return html`<${Dialog} title=${t("calendar.goto")} class="goto" onClose=${() => close(null)}>
		<form class="row" onSubmit=${submit}>
			<input type="date" autofocus required min="1000-01-01" max="9998-12-31" aria-label=${t("calendar.date")} value=${typed} onInput=${(/** @type {any} */ e) => setTyped(e.target.value)} />
			<button class="button primary">${t("calendar.go")}</button>
		</form>
		<${MiniMonth} chosen=${date.value} onChoose=${(/** @type {any} */ d) => close(d.toString())} />
	<//>`;
}
