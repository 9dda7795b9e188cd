// The application begins here: the session, the words, the frame around the screens.
import { html, render, signal, useEffect, useErrorBoundary } from "./vendor/preact.js";
import { api, online, signedOut } from "./lib/api.js";
import { later, shownFirst } from "./lib/calm.js";
import { signIn } from "./lib/dav.js";
import { explain, language, loadLanguage, t } from "./lib/i18n.js";
import { shortcuts, startKeys } from "./lib/keys.js";
import { onChange, startLive } from "./lib/live.js";
import { go, route, startRouter } from "./lib/router.js";
import { reachable, whyMissing } from "./lib/missing.js";
import { applyTheme, session, settings } from "./lib/settings.js";
import { calendars, loadHomes } from "./lib/store.js";
import { undoLast } from "./lib/undo.js";
import { Icon } from "./ui/icon.js";
import { Menu } from "./ui/menu.js";
import { addStyle } from "./ui/style.js";
import { Toasts, toast } from "./ui/toast.js";
import Calendar from "./calendar/screen.js";
import { narrow } from "./calendar/state.js";

/** Screens that are loaded when they are first shown, each from its folder. */
const lazy = ["invitations", "tasks", "contacts", "search", "settings", "import", "trash", "admin"];

/** Screens that are loaded. @type {import("./vendor/preact.js").Signal<Record<string, any>>} */
const loaded = signal({ calendar: Calendar });

/** How many invitations, and offers to share, wait for an answer. */
export const waiting = signal(0);

async function countInvitations() {
	try {
		waiting.value = (await api("GET", "invitations")).count;
	} catch {
		// the badge keeps what it said; the screen itself tells what is wrong
	}
}

/** @param {string} name */
async function load(name) {
	try {
		const [module] = await Promise.all([import(`./${name}/screen.js`), addStyle(name)]);
		loaded.value = { ...loaded.value, [name]: module.default };
	} catch (err) {
		console.warn(err);
		const text = await whyMissing();
		// What failed once is not fetched a second time by a page: it is loaded anew, where it can be.
		const again = async () => { if (await reachable()) location.reload(); };
		loaded.value = { ...loaded.value, [name]: () => html`<${Trouble} title=${t("state.broken")} text=${text} retry=${again} />` };
	}
}

/** A screen that cannot be shown says why and what to do. @param {{title: string, text: string, retry?: () => void}} props */
function Trouble({ title, text, retry }) {
	return html`<div class="state"><${Icon} name="cloud-off" /><h1>${title}</h1><p>${text}</p>
		<button type="button" class="button primary" onClick=${retry ?? (() => location.reload())}>${t("state.reload")}</button></div>`;
}

/** The places of the rail, and their icons. */
const places = { calendar: "calendar-days", invitations: "inbox", tasks: "list-checks", contacts: "book-user" };

function Frame() {
	const { screen } = route.value, Screen = loaded.value[screen];
	useEffect(() => {
		if (!lazy.includes(screen)) return; // the title of the calendar has its days
		document.title = `${t(`app.${screen}`)} – Convoke`;
		if (!Screen) load(screen);
	}, [screen, language.value]);
	const [error, reset] = useErrorBoundary((err) => console.error(err));
	return html`<a class="skip" href="#main">${t("app.skip")}</a>
		<nav class="rail" aria-label=${t("app.places")}>
			${Object.entries(places).map(([place, icon]) => html`<a key=${place} href=${`/${place}`} aria-current=${screen === place ? "page" : undefined}>
				<${Icon} name=${icon} /><span>${t(`app.${place}`)}</span>
				${place === "invitations" && waiting.value > 0 && html`<b class="badge" aria-label=${t("app.waiting", { n: waiting.value })}>${waiting.value}</b>`}</a>`)}
			<span class="spring"></span>
			<a href="/search" class="wide" aria-current=${screen === "search" ? "page" : undefined}><${Icon} name="search" /><span>${t("app.search")}</span></a>
			<${Account} />
		</nav>
		${!online.value && html`<p class="offline" role="status"><${Icon} name="cloud-off" />${t("state.offline")}</p>`}
		<main id="main" tabindex="-1">${
			error ? html`<${Trouble} title=${t("state.broken")} text=${explain(error)} retry=${reset} />`
			: Screen ? html`<${Screen} />` : lazy.includes(screen) ? html`<p class="loading" role="status">${t("state.loading")}</p>`
			: html`<${Trouble} title=${t("state.nothing")} text=${t("state.nothing.text")} retry=${() => go("/calendar")} />`}</main>
		${signedOut.value && html`<${SignInAgain} />`}
		<${Toasts} />`;
}

function Account() {
	const who = session.value?.principal;
	return html`<${Menu} label=${t("app.account", { name: who?.displayName })} class="account" items=${[
		narrow.value && { label: t("app.search"), icon: "search", href: "/search" }, // the bar of a phone has no room for it
		{ label: t("app.settings"), icon: "settings", href: "/settings" },
		{ label: t("app.devices"), icon: "smartphone", href: "/settings/devices" },
		{ label: t("app.import"), icon: "file-up", href: "/import" },
		{ label: t("app.trash"), icon: "trash-2", href: "/trash" },
		who?.admin && { label: t("app.admin"), icon: "server", href: "/admin" },
		"line",
		{ label: t("app.help"), icon: "keyboard", run: help },
		{ label: t("app.signout"), icon: "log-out", run: signOut },
	]}><span class="avatar" aria-hidden="true">${initials(who?.displayName ?? "")}</span><span class="visually-hidden">${t("app.account", { name: who?.displayName })}</span><//>`;
}

/** "AB" of "Anna Berg". @param {string} name */
function initials(name) {
	const words = name.trim().split(/\s+/);
	return ((words[0]?.[0] ?? "?") + (words.length > 1 ? words.at(-1)?.[0] : "")).toUpperCase();
}

async function help() { (await import("./ui/help.js")).showShortcuts(); }

async function signOut() {
	try {
		await api("DELETE", "session");
		await import("./lib/push.js").then((m) => m.leavePush()).catch(() => {});
		location.href = "/signin";
	} catch (err) {
		toast(explain(err), { kind: "error" });
	}
}

/** The session has ended: signing in happens here, so that what was being written stays. */
function SignInAgain() {
	const Form = loaded.value.signin;
	useEffect(() => { if (!Form) import("./ui/signin.js").then((m) => { loaded.value = { ...loaded.value, signin: m.default }; }); }, []);
	return Form ? html`<${Form} name=${session.value?.principal.name} onDone=${() => { signedOut.value = false; }} />` : null;
}

/** The shortcuts that hold everywhere. */
const everywhere = () => [
	{ key: "z", label: t("keys.undo"), run: undoLast },
	{ key: "?", label: t("keys.help"), run: help },
	{ key: "/", label: t("keys.search"), run: () => go("/search") },
	{ key: "mod+k", label: t("keys.palette"), run: async () => (await import("./search/palette.js")).openPalette() },
];

async function start() {
	const place = /** @type {HTMLElement} */ (document.getElementById("app"));
	const words = loadLanguage(undefined);
	try {
		if (!("Temporal" in globalThis)) {
			const { Temporal, Intl: formats } = await import("./vendor/temporal.js");
			Object.assign(globalThis, { Temporal });
			Object.assign(Intl, { DateTimeFormat: formats.DateTimeFormat });
		}
		signIn();
		if (lazy.includes(route.value.screen)) load(route.value.screen); // both under way while the session is asked for
		session.value = await api("GET", "session");
	} catch (err) {
		if (/** @type {import("./lib/api.js").ApiError} */ (err).status === 401) {
			location.replace(`/signin?to=${encodeURIComponent(location.pathname + location.search)}`);
			return;
		}
		await words.catch(() => {});
		render(html`<${Trouble} title=${t("state.offline")} text=${explain(err)} />`, place);
		return;
	}
	await words;
	if (settings.value.language && settings.value.language !== language.value) await loadLanguage(settings.value.language);
	applyTheme();
	matchMedia("(prefers-color-scheme: dark)").addEventListener("change", applyTheme);
	startRouter();
	if (location.pathname === "/") go("/calendar", { replace: true });
	startKeys();
	shortcuts(everywhere());
	await loadHomes().catch((err) => toast(explain(err), { kind: "error" }));
	render(html`<${Frame} />`, place);
	if (route.value.screen !== "calendar" || calendars.value.length === 0) shownFirst();
	startLive();
	later(() => Promise.all([import("./lib/reminders.js").then((m) => m.startReminders()), import("./lib/device.js").then((m) => m.tellDevice())])
		.catch((err) => { if (err?.code !== "offline") console.error(err); })); // the page says that by itself
	onChange((kind) => { // "all" comes as soon as the stream is open
		if (kind === "home" || kind === "all") loadHomes().catch(() => {});
		if (kind === "invitations" || kind === "all") countInvitations();
	});
}

start();
