// What the application takes from Preact, its hooks and signals, and htm, as one module.
import { h } from "preact";
import htm from "htm";
export { Component, Fragment, cloneElement, createContext, createRef, h, render } from "preact";
export {
	useCallback, useContext, useEffect, useErrorBoundary, useId, useLayoutEffect, useMemo, useReducer, useRef, useState,
} from "preact/hooks";
export { batch, computed, effect, signal, untracked, useComputed, useSignal, useSignalEffect } from "@preact/signals";
export const html = htm.bind(h);
