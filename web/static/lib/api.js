// The few things that DAV has no verb for: JSON below /api/, by the session's cookie. docs/api.md describes them.
import { signal } from "../vendor/preact.js";

/** Whether the session has ended while the page was open: whoever works is asked to sign in again, and loses nothing. */
export const signedOut = signal(false);

/** Whether the server can be reached. */
export const online = signal(typeof navigator === "undefined" || navigator.onLine !== false);

/** A refusal of the server, or of the network (status 0, code "offline"). Its message is a sentence for people. */
export class ApiError extends Error {
	/** @param {number} status @param {string} code @param {string} message */
	constructor(status, code, message) {
		super(message);
		this.name = "ApiError";
		this.status = status;
		this.code = code;
	}
}

/**
 * fetch that tells a lost connection from a refusal.
 * @param {string} url @param {RequestInit} [init]
 */
export async function reach(url, init) {
	try {
		const answer = await fetch(url, init);
		online.value = true;
		return answer;
	} catch (err) {
		if (init?.signal?.aborted) throw err;
		online.value = false;
		throw new ApiError(0, "offline", "The server cannot be reached.");
	}
}

/**
 * Asks the API; gives what it answers, null for nothing.
 * @param {string} method @param {string} path below /api/, with its query @param {any} [body] sent as JSON; a Blob or FormData as it is
 * @param {{signal?: AbortSignal}} [options]
 * @returns {Promise<any>}
 */
export async function api(method, path, body, options = {}) {
	/** @type {RequestInit} */
	const init = { method, credentials: "same-origin", headers: { Accept: "application/json" }, signal: options.signal };
	if (body instanceof Blob || (typeof FormData !== "undefined" && body instanceof FormData)) {
		init.body = body;
	} else if (body !== undefined) {
		init.body = JSON.stringify(body);
		init.headers = { Accept: "application/json", "Content-Type": "application/json" };
	}
	for (;;) {
		const answer = await reach(`/api/${path}`, init);
		if (answer.status === 204) return null;
		const json = (answer.headers.get("Content-Type") ?? "").startsWith("application/json");
		const value = json ? await answer.json() : await answer.text();
		if (answer.ok) return value;
		if (answer.status !== 401 || value?.code !== "signed-out" || path === "session") {
			throw new ApiError(answer.status, value?.code ?? "unknown", value?.message ?? String(value).trim());
		}
		await signedInAgain(options.signal);
	}
}

/** Has the person asked to sign in again, and waits for it: what was begun goes on then. @param {AbortSignal | undefined} signal */
function signedInAgain(signal) {
	signedOut.value = true;
	return /** @type {Promise<void>} */ (new Promise((resolve, reject) => {
		const end = signedOut.subscribe((out) => {
			if (out) return;
			resolve();
			queueMicrotask(() => end());
		});
		signal?.addEventListener("abort", () => {
			end();
			reject(signal.reason);
		}, { once: true });
	}));
}
