//! Reads what the host gives, member by member.
//!
//! Only what an input's type calls for is read. Derived code that takes any object to pieces would cost every viewer
//! a thirtieth of the download.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

/// The members of an object. One that is absent is none, and so is one of another type than asked for.
pub trait Members {
    /// A string.
    fn text(&self, name: &str) -> Option<String>;
    /// A number.
    fn number(&self, name: &str) -> Option<f64>;
    /// `true` or `false`.
    fn flag(&self, name: &str) -> Option<bool>;
    /// A copy of a `Uint8Array`.
    fn bytes(&self, name: &str) -> Option<Vec<u8>>;
    /// An object within.
    fn object(&self, name: &str) -> Option<Box<dyn Members>>;
}

impl dyn Members + '_ {
    /// A number as a count: the nearest that there is.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "such casts saturate"
    )]
    pub fn count(&self, name: &str) -> Option<u64> {
        self.number(name).map(|number| number as u64)
    }

    /// One of some words, as what it stands for.
    pub fn word<T: Copy>(&self, name: &str, words: &[(&str, T)]) -> Option<T> {
        let text = self.text(name)?;
        words
            .iter()
            .find(|(word, _)| *word == text)
            .map(|(_, meaning)| *meaning)
    }
}

#[wasm_bindgen]
extern "C" {
    /// Any object of the host's.
    #[derive(Debug)]
    pub type HostObject;

    #[wasm_bindgen(method, structural, indexing_getter)]
    fn get(this: &HostObject, name: &str) -> JsValue;
}

impl Members for HostObject {
    fn text(&self, name: &str) -> Option<String> {
        self.get(name).as_string()
    }

    fn number(&self, name: &str) -> Option<f64> {
        self.get(name).as_f64()
    }

    fn flag(&self, name: &str) -> Option<bool> {
        self.get(name).as_bool()
    }

    fn bytes(&self, name: &str) -> Option<Vec<u8>> {
        let value = self.get(name);
        value.dyn_ref::<Uint8Array>().map(Uint8Array::to_vec)
    }

    fn object(&self, name: &str) -> Option<Box<dyn Members>> {
        let value = self.get(name);
        if !value.is_object() {
            return None;
        }
        Some(Box::new(value.unchecked_into::<Self>()))
    }
}
