// Passkeys on the page of signing in. Everything else there works without script.

/** @param {string} text base64url */
function bytes(text) {
	const raw = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
	return Uint8Array.from(raw, (c) => c.charCodeAt(0));
}

/** @param {ArrayBuffer | null} buffer */
function text(buffer) {
	if (!buffer) return undefined;
	const raw = Array.from(new Uint8Array(buffer), (b) => String.fromCharCode(b)).join("");
	return btoa(raw).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @param {string} path @param {any} [body] */
async function ask(path, body) {
	const answer = await fetch(`/api/session/${path}`, {
		method: "POST", credentials: "same-origin", headers: { "Content-Type": "application/json" }, body: body && JSON.stringify(body),
	});
	if (!answer.ok) throw new Error((await answer.json()).message);
	return answer.json();
}

/** Has a passkey shown and gives the answer as the server reads it. @param {any} options */
async function show(options) {
	const publicKey = { ...options.publicKey, challenge: bytes(options.publicKey.challenge) };
	const found = /** @type {any} */ (await navigator.credentials.get({ publicKey }));
	const r = found.response;
	return {
		id: found.id, rawId: text(found.rawId), type: found.type, authenticatorAttachment: found.authenticatorAttachment,
		clientExtensionResults: found.getClientExtensionResults(),
		response: {
			authenticatorData: text(r.authenticatorData), clientDataJSON: text(r.clientDataJSON), signature: text(r.signature),
			userHandle: text(r.userHandle),
		},
	};
}

const place = document.getElementById("passkey");

/** @param {string} sentence */
function fail(sentence) {
	const said = document.querySelector(".problem") ?? document.createElement("p");
	said.className = "problem";
	said.setAttribute("role", "alert");
	said.textContent = sentence;
	document.querySelector("h1")?.after(said);
}

async function signIn() {
	const button = /** @type {HTMLButtonElement} */ (place?.querySelector("button"));
	button.disabled = true;
	try {
		const { state, options } = await ask("passkey/begin");
		const response = await show(options);
		const keep = /** @type {HTMLInputElement} */ (document.querySelector("[name=keep]")).checked;
		await ask("passkey", { state, response, keep });
		location.assign(place?.dataset.to || "/");
	} catch (err) {
		// Whoever closed the browser's own window knows that.
		if (/** @type {any} */ (err).name !== "NotAllowedError") fail(place?.dataset.failed ?? "");
		button.disabled = false;
	}
}

if (place && window.isSecureContext && "PublicKeyCredential" in window) {
	place.hidden = false;
	place.querySelector("button")?.addEventListener("click", signIn);
}
