import { h } from "preact";
export { Component, Fragment, cloneElement, createContext, createRef, h, render } from "preact";
export type { ComponentChildren, ComponentChild, VNode, RefObject, JSX } from "preact";
export {
	useCallback, useContext, useEffect, useErrorBoundary, useId, useLayoutEffect, useMemo, useReducer, useRef, useState,
} from "preact/hooks";
export { batch, computed, effect, signal, untracked, useComputed, useSignal, useSignalEffect } from "@preact/signals";
export type { Signal, ReadonlySignal } from "@preact/signals";
export declare function html(strings: TemplateStringsArray, ...values: any[]): any;
