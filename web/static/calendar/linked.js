// A link to an event: /calendar/day/DATE?open=HREF&at=RECURRENCE-ID. It is shown as soon as its day is read.
import { effect } from "../vendor/preact.js";
import { t } from "../lib/i18n.js";
import { go, route } from "../lib/router.js";
import { toast } from "../ui/toast.js";
import { occurrencesOf } from "./events.js";
import { openPopover } from "./popover.js";

/** How long it may take until its day is read. */
const patience = 10_000;

/** Opens the event that the address names, once. */
export function openLinked() {
	const query = route.value.query, href = query.get("open"), at = query.get("at") ?? "";
	if (!href) return;
	const on = route.value.parts[1] ?? "";
	go(location.pathname, { replace: true });
	let stop = () => {}, over = false;
	const finish = () => {
		over = true;
		setTimeout(() => stop());
	};
	stop = effect(() => {
		const all = occurrencesOf(href).filter((x) => at === "" || x.recurrenceId === at);
		const o = all.find((x) => x.firstDay === on) ?? all[0];
		if (!o || over) return;
		finish();
		setTimeout(() => openPopover(o, document.querySelector(`.cal-view [data-key="${CSS.escape(o.key)}"]`)), 60);
	});
	setTimeout(() => {
		if (over) return;
		finish();
		toast(t("error.status-404"), { kind: "error" });
	}, patience);
}
