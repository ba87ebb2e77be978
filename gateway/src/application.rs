//! What answers: tokens at `/token`, pages to read at `/docs`, everything else through the interface of the hub, for whoever comes with a token.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{AUTHORIZATION, CONNECTION};
use http::{HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use navette_adapter_api::{
    Api, Body, BodyFault, Endpoint, Operation, Program, Refusal as EndpointRefusal, Refused, error,
};
use navette_router::entry::RequestName;
use navette_router::ports::{Attachments, Clock, Store};
use navette_router::{Caller, Hub, model::ClientId, model::Timestamp};
use secrecy::ExposeSecret as _;

use crate::documentation;
use crate::front::{Decoded, EndpointName, Handler, RequestBody, RequestContext};
use crate::metrics::TokenMetrics;
use crate::surroundings::Surroundings;
use crate::token_endpoint::{self, BODY_MAX_BYTES, Refusal, TokenRequest};
use crate::tokens::{Secrets, Tokens};

/// The name of the token endpoint in metrics.
const TOKEN: &str = "token";
/// Nothing lives at the address.
const UNKNOWN: &str = "unknown";

impl navette_adapter_api::Secrets for Secrets {
    fn generate(&self) -> (String, navette_router::model::SecretHash) {
        Self::generate(self)
    }
}

/// The whole application behind the front.
pub struct Application<S, A, C> {
    hub: Arc<Hub<S, A, C>>,
    api: Api<S, A, C>,
    tokens: Tokens,
    secrets: Arc<Secrets>,
    surroundings: Arc<Surroundings>,
    metrics: TokenMetrics,
    names: Vec<&'static str>,
}

impl<S, A, C> std::fmt::Debug for Application<S, A, C> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Application").finish_non_exhaustive()
    }
}

impl<S: Store, A: Attachments, C: Clock> Application<S, A, C> {
    /// The application over `hub`.
    pub fn new(
        hub: Arc<Hub<S, A, C>>,
        tokens: Tokens,
        secrets: Arc<Secrets>,
        surroundings: Arc<Surroundings>,
        metrics: TokenMetrics,
        json_max_bytes: usize,
    ) -> Self {
        let api = Api::new(
            Arc::clone(&hub),
            Arc::clone(&secrets) as Arc<dyn navette_adapter_api::Secrets>,
            Arc::clone(&surroundings) as Arc<dyn Program>,
            json_max_bytes,
        );
        let names = Operation::ALL
            .iter()
            .map(|operation| operation.name())
            .chain([TOKEN, documentation::NAME, UNKNOWN])
            .collect();
        Self { hub, api, tokens, secrets, surroundings, metrics, names }
    }

    /// RFC 6749 section 4.4.
    async fn token(&self, request: Request<RequestBody>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let body = match collect(body).await {
            Ok(body) => body,
            Err(answer) => return *answer,
        };
        match TokenRequest::parse(&parts.headers, &body).and_then(|request| self.grant(&request)) {
            Ok(answer) => {
                self.metrics.issued.inc();
                answer
            }
            Err(refusal) => {
                self.metrics.refused(refusal);
                refusal.answer()
            }
        }
    }

    fn grant(&self, request: &TokenRequest) -> Result<Response<Body>, Refusal> {
        let credential =
            ClientId::new(&request.client_id).and_then(|id| self.hub.credential(&id)).ok_or(Refusal::InvalidClient)?;
        if !self.secrets.matches(request.client_secret.expose_secret(), &credential.secret_hash) {
            return Err(Refusal::InvalidClient);
        }
        if !request.scopes.is_empty() && !request.scopes.contains(&credential.scope) {
            return Err(Refusal::InvalidScope);
        }
        if self.hub.use_is_news(&credential.client_id) {
            self.surroundings.used(credential.client_id.clone());
        }
        let token = self.tokens.issue(&credential.client_id, credential.scope, self.hub.clock_now());
        Ok(token_endpoint::granted(&token, self.tokens.lifetime(), credential.scope))
    }

    /// Who comes with the request. A revoked credential is nobody's, whatever tokens it still has.
    fn caller(&self, request: &Request<RequestBody>) -> Option<Caller> {
        let value = request.headers().get(AUTHORIZATION)?.to_str().ok()?;
        let (scheme, token) = value.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let claims = self.tokens.verify(token.trim(), self.hub.clock_now()).ok()?;
        self.hub.caller(&claims.client_id).filter(|caller| caller.scope == claims.scope)
    }

    async fn operation(
        &self,
        request: Request<RequestBody>,
        context: &RequestContext,
    ) -> (&'static str, Response<Body>) {
        let uri = request.uri();
        let parsed = Endpoint::parse(request.method(), uri.path(), uri.query());
        let name = parsed.as_ref().map_or(UNKNOWN, |endpoint| endpoint.operation().name());
        // Addresses are no secret; what lies behind them is, so the faults of a request are told to known callers only.
        if let Err(refusal @ (EndpointRefusal::UnknownPath | EndpointRefusal::UnknownMethod(_))) = &parsed {
            return (name, error::refusal(refusal));
        }
        let Some(mut caller) = self.caller(&request) else { return (name, error::unauthenticated()) };
        let asked: RequestName = context.request_id.as_str().into();
        caller.request = Some(Arc::clone(&asked));
        let (parts, body) = request.into_parts();
        let answer = match parsed {
            Ok(endpoint) => {
                let decoded = parts.extensions.get::<Decoded>().is_some();
                self.api.handle(&caller, endpoint, &parts.headers, decoded, body).await
            }
            Err(refusal) => error::refusal(&refusal),
        };
        if answer.status().is_client_error() || answer.status().is_server_error() {
            self.remember(caller, asked, name, parts.uri.path(), &answer);
        }
        (name, answer)
    }

    /// For whoever wonders later why it was refused.
    fn remember(
        &self,
        caller: Caller,
        request: RequestName,
        operation: &'static str,
        path: &str,
        answer: &Response<Body>,
    ) {
        let Body::Full(body) = answer.body() else { return };
        let known = operation != UNKNOWN;
        self.surroundings.refused(Refused {
            at: Timestamp::now(),
            request,
            by: caller.client_id,
            operation,
            // What is no address may hold anything.
            path: if known { path.into() } else { "".into() },
            status: answer.status().as_u16(),
            answer: body.clone(),
        });
    }
}

impl<S: Store, A: Attachments, C: Clock> Handler for Application<S, A, C> {
    fn endpoint_names(&self) -> &[&'static str] {
        &self.names
    }

    async fn handle(&self, request: Request<RequestBody>, context: &RequestContext) -> (EndpointName, Response<Body>) {
        let path = request.uri().path();
        let (name, answer) = if matches!(path, "/token" | "/oauth2/token") {
            match *request.method() {
                Method::POST => (TOKEN, self.token(request).await),
                _ => (TOKEN, error::refusal(&EndpointRefusal::UnknownMethod("POST"))),
            }
        } else if let Some(page) = documentation::page(path) {
            match *request.method() {
                Method::GET | Method::HEAD => (documentation::NAME, page),
                _ => (documentation::NAME, error::refusal(&EndpointRefusal::UnknownMethod("GET, HEAD"))),
            }
        } else {
            self.operation(request, context).await
        };
        (EndpointName(name), answer)
    }
}

/// The whole body of a token request.
async fn collect(body: RequestBody) -> Result<Bytes, Box<Response<Body>>> {
    match Limited::new(body, BODY_MAX_BYTES).collect().await {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(error) => Err(Box::new(match error.downcast_ref::<BodyFault>() {
            Some(fault) => error::body(*fault),
            None => {
                let mut answer =
                    error::refuse(StatusCode::PAYLOAD_TOO_LARGE, "a request for a token is at most 16 kB long");
                answer.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                answer
            }
        })),
    }
}
