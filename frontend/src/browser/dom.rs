//! What is needed of the browser's document, in few words.
//!
//! Islands live as long as their page, and so does what [`on`] adds; sockets come and go, and with them goes what
//! [`listen`] adds.

use js_sys::{Array, Function, Object, Reflect};
use maud::Markup;
use wasm_bindgen::closure::{Closure, WasmClosure};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Document, Element, Event, EventTarget, HtmlElement, Window};
use wire::{Language, Millis};

use super::json::Json;

/// The window.
pub(crate) fn window() -> Window {
    web_sys::window().expect("islands only run in a window")
}

/// The document.
pub(crate) fn document() -> Document {
    window().document().expect("a window has a document")
}

/// The first element that `selector` names, below `root`.
pub(crate) fn find(root: &Element, selector: &str) -> Option<HtmlElement> {
    root.query_selector(selector).ok().flatten()?.dyn_into().ok()
}

/// Every element that `selector` names, below `root`.
pub(crate) fn all(root: &Element, selector: &str) -> Vec<Element> {
    let Ok(list) = root.query_selector_all(selector) else { return Vec::new() };
    (0..list.length()).filter_map(|index| list.get(index)?.dyn_into().ok()).collect()
}

/// The first state of an island.
pub(crate) fn state<T>(element: &Element, read: fn(&Json) -> Option<T>) -> Option<T> {
    read(&Json::parse(&element.get_attribute("data-state")?)?)
}

/// Calls the method `name` of `object`.
pub(crate) fn call(
    object: &JsValue,
    name: &str,
    arguments: &[&JsValue],
) -> Result<JsValue, JsValue> {
    let method: Function = Reflect::get(object, &name.into())?.dyn_into()?;
    let list = Array::new();
    for argument in arguments {
        list.push(argument);
    }
    method.apply(object, &list)
}

/// Calls one of the helpers of `boot.js`.
pub(crate) fn helper(name: &str, arguments: &[&JsValue]) -> Result<JsValue, JsValue> {
    call(&Reflect::get(&js_sys::global(), &"hangar".into())?, name, arguments)
}

/// Draws a view into `element`, changing only what differs.
pub(crate) fn draw(element: &Element, view: Markup) {
    let html = JsValue::from(view.into_string());
    if helper("patch", &[element, &html]).is_err() {
        element.set_inner_html(&html.as_string().unwrap_or_default());
    }
}

/// The time of day where the reader is.
#[expect(clippy::cast_precision_loss, reason = "milliseconds stay exact for 200,000 years")]
pub(crate) fn clock(at: Millis, _: Language) -> String {
    let text = helper("clock", &[&(at as f64).into()]).ok();
    text.and_then(|text| text.as_string()).unwrap_or_default()
}

/// The browser's time.
#[expect(clippy::cast_possible_truncation, reason = "milliseconds fit for a very long time")]
pub(crate) fn now() -> Millis {
    js_sys::Date::now() as Millis
}

/// Calls a handler with each event, until it is dropped.
#[must_use = "who drops it listens no more"]
pub(crate) struct Listener {
    target: EventTarget,
    name: &'static str,
    handler: Closure<dyn FnMut(Event)>,
}

impl Drop for Listener {
    fn drop(&mut self) {
        let _ =
            self.target.remove_event_listener_with_callback(self.name, &function(&self.handler));
    }
}

/// Calls `handler` with each event called `name`, until the answer is dropped; a handler may drop itself.
pub(crate) fn listen(
    target: &EventTarget,
    name: &'static str,
    handler: impl FnMut(Event) + 'static,
) -> Listener {
    let handler = Closure::<dyn FnMut(Event)>::new(handler);
    let _ = target.add_event_listener_with_callback(name, &function(&handler));
    Listener { target: target.clone(), name, handler }
}

/// The function that the browser sees in a closure; it can be called while the closure lives.
pub(crate) fn function<T: ?Sized>(closure: &Closure<T>) -> Function {
    closure.as_ref().unchecked_ref::<Function>().clone()
}

/// A function for the browser that lives as long as the page.
pub(crate) fn callback<T: ?Sized + WasmClosure>(closure: Closure<T>) -> Function {
    let function = function(&closure);
    closure.forget();
    function
}

/// Calls `handler` with each event called `name`.
pub(crate) fn on(target: &EventTarget, name: &str, handler: impl FnMut(Event) + 'static) {
    let function = callback(Closure::<dyn FnMut(Event)>::new(handler));
    let _ = target.add_event_listener_with_callback(name, &function);
}

/// Calls `handler` for clicks on elements that carry `data-do`, with that and `data-with`.
pub(crate) fn on_do(
    target: &EventTarget,
    name: &str,
    mut handler: impl FnMut(&str, &str, &Element, &Event) + 'static,
) {
    on(target, name, move |event| {
        let Some(element) = event.target().and_then(|target| target.dyn_into::<Element>().ok())
        else {
            return;
        };
        let Ok(Some(element)) = element.closest("[data-do]") else { return };
        let action = element.get_attribute("data-do").unwrap_or_default();
        let with = element.get_attribute("data-with").unwrap_or_default();
        handler(&action, &with, &element, &event);
    });
}

/// Calls `handler` again and again, every so many milliseconds.
pub(crate) fn every(milliseconds: i32, handler: impl FnMut() + 'static) {
    let function = callback(Closure::<dyn FnMut()>::new(handler));
    let _ =
        window().set_interval_with_callback_and_timeout_and_arguments_0(&function, milliseconds);
}

/// Calls `handler` once, after so many milliseconds.
pub(crate) fn after(milliseconds: i32, handler: impl FnOnce() + 'static) {
    let function = Closure::once_into_js(handler).unchecked_into::<Function>();
    let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&function, milliseconds);
}

/// Copies `text` to the clipboard; says whether the browser has let it.
pub(crate) async fn copy(text: &str) -> bool {
    let Ok(copying) = helper("copy", &[&text.into()]) else { return false };
    JsFuture::from(js_sys::Promise::from(copying)).await.is_ok_and(|done| done.is_truthy())
}

/// What this window has kept under a name, across its pages.
pub(crate) fn kept(name: &str) -> Option<String> {
    window().session_storage().ok()??.get_item(&format!("hangar.{name}")).ok()?
}

/// Keeps a text under a name, as long as this window lives.
pub(crate) fn keep(name: &str, text: &str) {
    if let Ok(Some(storage)) = window().session_storage() {
        let _ = storage.set_item(&format!("hangar.{name}"), text);
    }
}

/// Whether the page can be seen right now.
pub(crate) fn is_visible() -> bool {
    !document().hidden()
}

/// An object with one function under each name.
pub(crate) fn object(functions: &[(&str, Function)]) -> Object {
    let object = Object::new();
    for (name, function) in functions {
        let _ = Reflect::set(&object, &(*name).into(), function);
    }
    object
}
