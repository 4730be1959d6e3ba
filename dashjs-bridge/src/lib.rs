//! `segment-engine` and the signaling client for the browser, behind one class.
//!
//! The class translates: plain JavaScript values in and out, milliseconds and `Uint8Array`s, no wasm object
//! among them. `ts/core.ts` designs these values; [`input`], [`output`] and [`options`] keep to it. The host
//! drains [`Core::poll`] after each call, so that nothing re-enters the class.

pub mod input;
mod members;
pub mod options;
pub mod output;
mod session;

use serde::Serialize as _;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

use crate::members::HostObject;
use crate::options::CoreConfig;
use crate::session::Session;

/// Engine and signaling client of one title in one page.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Core {
    session: Session,
}

#[wasm_bindgen]
impl Core {
    /// Starts at `now_ms` on the host's clock. `seed` has 32 bytes.
    ///
    /// # Errors
    /// Throws an `Error` that names the option which is out of range.
    #[wasm_bindgen(constructor)]
    pub fn new(config: &HostObject, seed: &[u8], now_ms: f64) -> Result<Self, JsError> {
        let config = CoreConfig::read(config)?;
        let seed = seed
            .try_into()
            .map_err(|_| JsError::new("seed must be 32 bytes"))?;
        Ok(Self {
            session: Session::new(config, seed, now_ms)?,
        })
    }

    /// Tells what happened at `now_ms`.
    ///
    /// # Errors
    /// Throws only when the host breaks the contract: a value that `ts/core.ts` does not know, a clock that
    /// runs backwards, a name used twice.
    pub fn handle(&mut self, now_ms: f64, input: &HostObject) -> Result<(), JsError> {
        Ok(self.session.handle(now_ms, input)?)
    }

    /// Does what is due at `now_ms`.
    #[wasm_bindgen(js_name = handleTimeout)]
    pub fn handle_timeout(&mut self, now_ms: f64) {
        self.session.handle_timeout(now_ms);
    }

    /// The next thing to do, or `undefined`.
    ///
    /// # Errors
    /// Throws if the browser refuses to make an object: it is out of memory.
    pub fn poll(&mut self) -> Result<JsValue, JsError> {
        match self.session.poll() {
            Some(output) => Ok(output.serialize(&serializer())?),
            None => Ok(JsValue::UNDEFINED),
        }
    }

    /// When [`handleTimeout`](Self::handle_timeout) wants to be called, or `undefined`.
    #[wasm_bindgen(js_name = pollTimeout)]
    pub fn poll_timeout(&self) -> Option<f64> {
        self.session.poll_timeout()
    }

    /// What was counted so far.
    ///
    /// # Errors
    /// Throws if the browser refuses to make an object: it is out of memory.
    pub fn stats(&self) -> Result<JsValue, JsError> {
        Ok(self.session.stats().serialize(&serializer())?)
    }
}

/// Objects rather than Maps, and nothing rather than null: what `ts/core.ts` says.
fn serializer() -> Serializer {
    Serializer::new()
        .serialize_maps_as_objects(true)
        .serialize_missing_as_null(false)
}
