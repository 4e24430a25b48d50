//! A router that remembers what is in it, so that tests can try every route.

use axum::Router;
use axum::handler::Handler;
use axum::routing::{MethodRouter, delete, get, post};
use http::Method;

use crate::app::App;

/// A router and its table.
#[derive(Default)]
pub struct Routes {
    router: Router<App>,
    table: Vec<(Method, &'static str)>,
}

impl Routes {
    fn route(mut self, method: Method, path: &'static str, router: MethodRouter<App>) -> Self {
        self.table.push((method, path));
        self.router = self.router.route(path, router);
        self
    }

    /// Answers GET.
    #[must_use]
    pub fn get<H: Handler<T, App>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.route(Method::GET, path, get(handler))
    }

    /// Answers POST.
    #[must_use]
    pub fn post<H: Handler<T, App>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.route(Method::POST, path, post(handler))
    }

    /// Answers DELETE.
    #[must_use]
    pub fn delete<H: Handler<T, App>, T: 'static>(self, path: &'static str, handler: H) -> Self {
        self.route(Method::DELETE, path, delete(handler))
    }

    /// Both halves.
    pub fn into_parts(self) -> (Router<App>, Vec<(Method, &'static str)>) {
        (self.router, self.table)
    }
}
