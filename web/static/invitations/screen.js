// What waits for an answer: invitations, what others offer to share, mail that was not trusted by itself; below, what has
// happened to one's own meetings.
import { html, useEffect, useState } from "../vendor/preact.js";
import { api } from "../lib/api.js";
import { explain, t, tn } from "../lib/i18n.js";
import { onChange } from "../lib/live.js";
import { Icon } from "../ui/icon.js";
import { offers } from "../sharing/share.js";
import { Invitation, News, Review } from "./cards.js";
import { ShareOffer } from "./offer.js";

/**
 * @typedef {object} Item one entry of GET /api/invitations
 * @property {string} id @property {"invitation" | "update" | "cancelled" | "reply" | "proposal" | "review"} kind
 * @property {string} [href] @property {number} [reviewId] @property {string} uid @property {string} [recurrenceId]
 * @property {string} title @property {string} start @property {string} end @property {boolean} allDay @property {string} location
 * @property {{name: string, address: string}} organizer @property {{name: string, address: string}} [from] who sent it @property {string} receivedAt
 * @property {{title: string, start: string, end: string, allDay?: boolean, href: string}[]} conflicts @property {string} [reason] @property {string} [why] the reason in a word @property {string} [myStatus]
 * @property {boolean} [recurring]
 */

export default function Invitations() {
	const [items, setItems] = useState(/** @type {Item[] | null} */ (null));
	const [shared, setShared] = useState(/** @type {import("../sharing/share.js").Offer[]} */ ([]));
	const [problem, setProblem] = useState("");
	const [chosen, setChosen] = useState(/** @type {string[]} */ ([]));
	const load = async () => {
		try {
			const [found, offered] = await Promise.all([api("GET", "invitations"), offers().catch(() => [])]);
			setItems(found.items);
			setShared(offered);
			setProblem("");
		} catch (err) {
			setProblem(explain(err));
		}
	};
	useEffect(() => {
		load();
		return onChange((kind) => { if (kind !== "change") load(); });
	}, []);
	if (problem) return html`<${Head} /><div class="page"><p class="problem" role="alert">${problem}</p></div>`;
	if (!items) return html`<${Head} /><p class="loading" role="status">${t("state.loading")}</p>`;
	const pending = items.filter((i) => i.kind === "invitation");
	const review = items.filter((i) => i.kind === "review");
	const news = items.filter((i) => i.kind !== "invitation" && i.kind !== "review");
	const picked = pending.filter((i) => chosen.includes(i.id));
	const pick = (/** @type {string} */ id) => setChosen(chosen.includes(id) ? chosen.filter((c) => c !== id) : [...chosen, id]);
	const answerAll = async (/** @type {"ACCEPTED" | "TENTATIVE" | "DECLINED"} */ status) => {
		const { answerItem } = await import("./answer.js");
		for (const i of picked) await answerItem(i, status, "", "all");
		setChosen([]);
		await load();
	};
	return html`<${Head} />
		<div class="page invitations">
			${pending.length + shared.length + review.length === 0 && html`<div class="state"><${Icon} name="inbox" /><h2>${t("invitations.none")}</h2><p>${t("invitations.none.text")}</p></div>`}
			${picked.length > 0 && html`<div class="batch" role="toolbar" aria-label=${t("invitations.batch")}><span>${tn("invitations.chosen", picked.length)}</span>
				${answers.map((a) => html`<button type="button" class="button" key=${a} onClick=${() => answerAll(a)}>${t(`invitations.${a}`)}</button>`)}</div>`}
			${pending.length > 0 && html`<section aria-labelledby="pending"><h2 id="pending">${t("invitations.pending")}</h2>
				${pending.map((i) => html`<${Invitation} key=${i.id} item=${i} chosen=${chosen.includes(i.id)} onChoose=${pending.length > 1 ? () => pick(i.id) : undefined} reload=${load} />`)}</section>`}
			${shared.length > 0 && html`<section aria-labelledby="offers"><h2 id="offers">${t("invitations.offers")}</h2>
				${shared.map((o) => html`<${ShareOffer} key=${o.href} offer=${o} reload=${load} />`)}</section>`}
			${review.length > 0 && html`<section aria-labelledby="review"><h2 id="review">${t("invitations.review")}</h2><p class="hint">${t("invitations.review.hint")}</p>
				${review.map((i) => html`<${Review} key=${i.id} item=${i} reload=${load} />`)}</section>`}
			${news.length > 0 && html`<section aria-labelledby="news"><h2 id="news">${t("invitations.news")}</h2>
				${news.map((i) => html`<${News} key=${i.id} item=${i} reload=${load} />`)}</section>`}
		</div>`;
}

/** The answers, in their usual order. @type {("ACCEPTED" | "TENTATIVE" | "DECLINED")[]} */
export const answers = ["ACCEPTED", "TENTATIVE", "DECLINED"];

function Head() { return html`<header class="head"><h1>${t("app.invitations")}</h1></header>`; }
