export { Temporal, Intl } from "temporal-polyfill";
