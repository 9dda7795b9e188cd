// Somebody offers to share a calendar or an address book.
import { html } from "../vendor/preact.js";
import { explain, t } from "../lib/i18n.js";
import { loadHomes } from "../lib/store.js";
import { Icon } from "../ui/icon.js";
import { toast } from "../ui/toast.js";
import { reply } from "../sharing/share.js";

/** @param {{offer: import("../sharing/share.js").Offer, reload: () => Promise<void>}} props */
export function ShareOffer({ offer, reload }) {
	const decide = async (/** @type {boolean} */ accept) => {
		try {
			await reply(offer, accept);
			if (accept) await loadHomes();
			if (accept) toast(t("invitations.offer.taken", { name: offer.name }));
			else toast(t("invitations.offer.dropped", { name: offer.name }), { action: { label: t("invitations.offer.take"), run: () => decide(true) } });
		} catch (err) {
			toast(explain(err), { kind: "error" });
		}
		await reload();
	};
	return html`<article class="invite" aria-label=${offer.name}><div class="invite-facts"><h3 dir="auto">${t("invitations.offer", { who: offer.from, name: offer.name || t("app.calendar") })}</h3>
			<p><${Icon} name="share-2" />${t(`sharing.level.${offer.level}`)}</p></div>
		<div class="invite-actions"><button type="button" class="button primary" onClick=${() => decide(true)}>${t("invitations.offer.take")}</button>
			<button type="button" class="button" onClick=${() => decide(false)}>${t("invitations.offer.drop")}</button></div></article>`;
}
