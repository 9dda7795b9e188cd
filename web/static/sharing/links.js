// Secret links by which others read a calendar without an account; each can be revoked alone.
import { html, useEffect, useState } from "../vendor/preact.js";
import { api } from "../lib/api.js";
import { explain, t } from "../lib/i18n.js";
import { Copy } from "../ui/copy.js";
import { confirm } from "../ui/dialog.js";
import { IconButton } from "../ui/icon.js";

/** @param {{collection: import("../lib/store.js").Collection}} props */
export function Links({ collection }) {
	const [list, setList] = useState(/** @type {any[] | null} */ (null));
	const [problem, setProblem] = useState("");
	const load = async () => {
		try {
			setList((await api("GET", "links")).items.filter((/** @type {any} */ l) => l.href === collection.href));
		} catch (err) {
			setProblem(explain(err));
		}
	};
	useEffect(() => { load(); }, [collection.href]);
	const act = async (/** @type {() => Promise<any>} */ f) => {
		try {
			await f();
			setProblem("");
		} catch (err) {
			setProblem(explain(err));
		}
		await load();
	};
	const revoke = async (/** @type {any} */ l) => {
		if (await confirm({ title: t("sharing.link.revoke"), text: t("sharing.link.revoke.text"), yes: t("sharing.link.revoke.yes"), danger: true })) await act(() => api("DELETE", `links/${l.id}`));
	};
	return html`<div class="pad stack"><p class="hint">${t("sharing.links.hint")}</p>
			<div class="row">${["full", "busy"].map((detail) => html`<button type="button" class="button" onClick=${() => act(() => api("POST", "links", { href: collection.href, detail, label: "" }))}>${t(`sharing.link.new.${detail}`)}</button>`)}</div>
			${problem && html`<p class="problem" role="alert">${problem}</p>`}</div>
		${list?.map((l) => html`<div class="pad stack" key=${l.id}>
			<div class="row"><strong class="spring">${t(`sharing.link.${l.detail}`)}</strong><${IconButton} icon="trash-2" label=${t("sharing.link.revoke")} onClick=${() => revoke(l)} /></div>
			<${Copy} label=${t("sharing.link.page")} value=${l.page} /><${Copy} label=${t("sharing.link.feed")} value=${l.webcal || l.url} /></div>`)}`;
}
