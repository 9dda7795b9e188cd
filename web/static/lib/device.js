// What the server is told of the device.
import { language } from "./i18n.js";
import { changeSettings, session, settings } from "./settings.js";

/** Tells the server in which zone and language the device is, for what is made where no page is: published calendars, mails. */
export async function tellDevice() {
	const now = { deviceZone: Intl.DateTimeFormat().resolvedOptions().timeZone, deviceLanguage: language.value }, known = settings.value;
	if (session.value && (known.deviceZone !== now.deviceZone || known.deviceLanguage !== now.deviceLanguage)) await changeSettings(now);
}
