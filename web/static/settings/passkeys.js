// Passkeys: signing in by the device instead of a password (W3C Web Authentication).
import { html, useEffect, useState } from "../vendor/preact.js";
import { api } from "../lib/api.js";
import { dateFormat, explain, t } from "../lib/i18n.js";
import { Icon, IconButton } from "../ui/icon.js";
import { toast } from "../ui/toast.js";
import { confirmed } from "./confirmed.js";
import { Group } from "./general.js";
import { browser } from "./security.js";

/** @typedef {{id: number, label: string, created: string, used: string | null}} Passkey */

export function Passkeys() {
	const [list, setList] = useState(/** @type {Passkey[]} */ ([]));
	const [possible, setPossible] = useState(false);
	const load = async () => {
		const got = await api("GET", "passkeys").catch(() => ({ items: [], possible: false }));
		setList(got.items);
		setPossible(got.possible && "credentials" in navigator && "PublicKeyCredential" in globalThis);
	};
	useEffect(() => { load(); }, []);
	const attempt = async (/** @type {() => Promise<any>} */ f) => {
		try {
			await f();
		} catch (err) {
			// Somebody who turned away from the browser's own dialog needs no word about it.
			if (!(err instanceof DOMException && err.name === "NotAllowedError")) toast(explain(err), { kind: "error" });
		}
		await load();
	};
	const add = () => attempt(async () => {
		const begun = await confirmed("POST", "passkeys/begin");
		if (!begun) return;
		const made = /** @type {any} */ (await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(begun.options.publicKey) }));
		await confirmed("POST", "passkeys", { state: begun.state, label: browser(navigator.userAgent), response: made.toJSON() });
	});
	if (!possible && list.length === 0) return null;
	const format = dateFormat({ dateStyle: "medium" });
	return html`<${Group} title=${t("settings.passkeys")}>${list.map((p) => html`<div class="thing" key=${p.id}><${Icon} name="key-round" /><div class="grow"><strong dir="auto">${p.label}</strong>
				<small>${t("settings.app.made", { date: format.format(new Date(p.created)) })} · ${p.used ? t("settings.app.used", { date: format.format(new Date(p.used)) }) : t("settings.app.unused")}</small></div>
			<${IconButton} icon="trash-2" label=${t("settings.passkeys.remove", { label: p.label })} onClick=${() => attempt(() => confirmed("DELETE", `passkeys/${p.id}`))} /></div>`)}
		<div class="pad row"><p class="hint spring">${t("settings.passkeys.hint")}</p>${possible && html`<button type="button" class="button" onClick=${add}><${Icon} name="plus" />${t("settings.passkeys.add")}</button>`}</div><//>`;
}
