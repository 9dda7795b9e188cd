export { casual, parse, strict, Chrono } from "chrono-node/de";
