// With whom a collection is shared, and how far: part of its settings.
import { html, useEffect, useState } from "../vendor/preact.js";
import { explain, t } from "../lib/i18n.js";
import { onChange } from "../lib/live.js";
import { done } from "../lib/undo.js";
import { Icon, IconButton } from "../ui/icon.js";
import { PersonPicker } from "./picker.js";
import { levels, share, sharees, unshare } from "./share.js";

/** @param {{collection: import("../lib/store.js").Collection}} props */
export function People({ collection }) {
	const [list, setList] = useState(/** @type {import("./share.js").Sharee[] | null} */ (null));
	const [problem, setProblem] = useState("");
	const [level, setLevel] = useState(/** @type {import("./share.js").Level} */ ("read"));
	const load = async () => {
		try {
			setList(await sharees(collection.href));
			setProblem("");
		} catch (err) {
			setProblem(explain(err));
		}
	};
	useEffect(() => {
		setList(null);
		load();
		return onChange((kind) => { if (kind !== "change") load(); }); // somebody has answered
	}, [collection.href]);
	const change = async (/** @type {() => Promise<void>} */ act, /** @type {string} */ said, /** @type {() => Promise<void>} */ back) => {
		try {
			await act();
			done(said, async () => { await back(); await load(); });
		} catch (err) {
			setProblem(explain(err));
		}
		await load();
	};
	const add = (/** @type {{name: string, address: string, href?: string}} */ who) => {
		const href = who.href || `mailto:${who.address}`;
		change(() => share(collection.href, href, level, who.name), t("sharing.shared", { name: who.name }), () => unshare(collection.href, href));
	};
	return html`<div class="pad stack">
			<div class="share-add"><${PersonPicker} label=${t("sharing.add")} kinds=${["user", "group"]} onPick=${add} />
				<${LevelSelect} kind=${collection.kind} value=${level} label=${t("sharing.level")} onChange=${setLevel} /></div>
			<p class="hint">${t(`sharing.level.${level}.hint`)}</p>
			${problem && html`<p class="problem" role="alert">${problem}</p>`}
		</div>
		${list === null && !problem && html`<p class="pad muted" role="status">${t("state.loading")}</p>`}
		${list?.length === 0 && html`<p class="pad muted">${t("sharing.nobody")}</p>`}
		${list?.map((s) => html`<div class="thing" key=${s.href}><${Icon} name=${s.href.includes("/groups/") ? "users" : "user"} />
			<div class="grow"><strong dir="auto">${s.name}</strong>${s.state !== "accepted" && html`<small>${t(`sharing.state.${s.state}`)}</small>`}</div>
			<${LevelSelect} kind=${collection.kind} value=${s.level} label=${t("sharing.level.of", { name: s.name })}
				onChange=${(/** @type {import("./share.js").Level} */ l) => change(() => share(collection.href, s.href, l, s.name), t("sharing.changed", { name: s.name }), () => share(collection.href, s.href, s.level, s.name))} />
			<${IconButton} icon="x" label=${t("sharing.remove", { name: s.name })}
				onClick=${() => change(() => unshare(collection.href, s.href), t("sharing.removed", { name: s.name }), () => share(collection.href, s.href, s.level, s.name))} /></div>`)}`;
}

/** @param {{kind: "calendar" | "addressbook", value: string, label: string, onChange: (l: any) => void}} props */
function LevelSelect({ kind, value, label, onChange }) {
	return html`<select aria-label=${label} value=${value} onChange=${(/** @type {Event} */ e) => onChange(/** @type {HTMLSelectElement} */ (e.target).value)}>
		${levels(kind).map((l) => html`<option key=${l} value=${l} selected=${l === value}>${t(`sharing.level.${l}`)}</option>`)}</select>`;
}
