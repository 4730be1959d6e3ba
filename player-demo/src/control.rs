//! `/control`: the demo's state, and changes of it, for the page that this server serves and for programs on this
//! machine. It is there only where the demo listens on loopback, and answers no page of another site.
//!
//! A page of another site cannot ask under a name of this machine without telling its own as `Origin`, nor reach it under
//! another name of its own making (DNS rebinding) without telling that as `Host`. Programs send no `Origin`.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::JsonRejection;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Request, State};
use axum::http::header::{CACHE_CONTROL, HOST, ORIGIN};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;

use crate::playground::{Change, ChangeError, Playground};

/// The largest change that is read, in bytes: many times what there is to say.
const MAX_CHANGE: usize = 4 << 10;

/// The routes.
pub(crate) fn router(playground: Arc<Playground>) -> Router {
    Router::new()
        .route("/control", get(tell).patch(change))
        .layer(DefaultBodyLimit::max(MAX_CHANGE))
        .layer(from_fn(guard))
        .with_state(playground)
}

async fn tell(State(playground): State<Arc<Playground>>) -> Response {
    Json(playground.state()).into_response()
}

async fn change(
    State(playground): State<Arc<Playground>>,
    change: Result<Json<Change>, JsonRejection>,
) -> Response {
    let change = match change {
        Ok(Json(change)) => change,
        Err(rejection) => return (StatusCode::BAD_REQUEST, rejection.body_text()).into_response(),
    };
    tracing::info!(?change, "changes");
    match playground.change(change).await {
        Ok(()) => Json(playground.state()).into_response(),
        Err(error) => {
            let status = match error {
                ChangeError::Range(_) => StatusCode::BAD_REQUEST,
                ChangeError::Elsewhere(_) => StatusCode::CONFLICT,
                ChangeError::Seeder(_) | ChangeError::Signaling(_) => StatusCode::INTERNAL_SERVER_ERROR,
            };
            (status, error.to_string()).into_response()
        }
    }
}

/// Lets requests of this machine through that no page of another site has made.
async fn guard(request: Request, next: Next) -> Response {
    let from = request.extensions().get::<ConnectInfo<SocketAddr>>();
    let is_near = from.is_some_and(|ConnectInfo(address)| address.ip().to_canonical().is_loopback());
    if !is_near || !is_own(request.headers()) {
        return (
            StatusCode::FORBIDDEN,
            "only pages of this demo, and programs of this machine",
        )
            .into_response();
    }
    let mut response = next.run(request).await;
    response
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// Whether a request is addressed to a name of this machine, and comes from a page of that name or from none.
fn is_own(headers: &HeaderMap) -> bool {
    let Some(host) = headers.get(HOST).and_then(|host| host.to_str().ok()) else {
        return false;
    };
    let is_local = host
        .parse::<Authority>()
        .is_ok_and(|authority| is_loopback_name(authority.host()));
    let mut origins = headers.get_all(ORIGIN).iter();
    is_local && origins.all(|origin| origin.as_bytes() == format!("http://{host}").as_bytes())
}

/// Whether a host is one that no DNS server can give to somebody else.
fn is_loopback_name(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests;
