//! The catalogue of errors: each message, why it comes, what to do about it.

#[cfg(test)]
use std::fmt::Write as _;

use navette_adapter_api::catalogue::{CATALOGUE, Complaint};

use super::html::{escaped, whole};

/// What the front and the token endpoint say, beside the interface.
#[rustfmt::skip]
const OF_THE_GATEWAY: &[Complaint] = &[
    Complaint { status: 400, message: "the length of the body is given more than once; send one Content-Length, or Transfer-Encoding", cause: "Two parties could read the request differently.", remedy: "Send one length; look at the proxy between." },
    Complaint { status: 405, message: "X-HTTP-Method-Override can only be PATCH; use the method itself", cause: "Only PATCH is sent this way.", remedy: "Use the method itself." },
    Complaint { status: 415, message: "the Content-Encoding is not known; send gzip, or nothing", cause: "The body is compressed in a way that is not read.", remedy: "Send gzip, or the body as it is." },
    Complaint { status: 503, message: "too much is in progress; try again later", cause: "More is being received than the hub has room for.", remedy: "Try again after Retry-After." },
    Complaint { status: 500, message: "Internal server error", cause: "A mistake in the hub.", remedy: "Tell the hub's operators the X-Request-Id." },
    Complaint { status: 400, message: "grant_type is missing; send client_credentials", cause: "The token endpoint knows one grant.", remedy: "Send grant_type=client_credentials." },
    Complaint { status: 400, message: "grant_type must be client_credentials", cause: "The token endpoint knows one grant.", remedy: "Send grant_type=client_credentials." },
    Complaint { status: 400, message: "scope must be the one of the credential: OSL, SI, ADMIN or DATAPASS", cause: "The credential has another scope.", remedy: "Ask for its own, or for none." },
    Complaint { status: 400, message: "the Authorization header and the body name different clients; use one of them", cause: "Two clients in one request.", remedy: "Send the credential once." },
    Complaint { status: 400, message: "a field is given twice; give it once", cause: "Two values for one field.", remedy: "Give it once." },
    Complaint { status: 413, message: "a request for a token is at most 16 kB long", cause: "The body is something else.", remedy: "Send the form." },
];

fn all() -> Vec<&'static Complaint> {
    let mut all: Vec<_> = CATALOGUE.iter().chain(OF_THE_GATEWAY).collect();
    all.sort_by_key(|complaint| complaint.status);
    all
}

/// The catalogue, in Markdown.
#[cfg(test)]
pub(super) fn markdown() -> String {
    let mut page = String::from(
        "# Errors\n\n\
         <!-- Generated from the code; UPDATE=1 cargo test -p navette-gateway documentation rewrites it. -->\n\n\
         A refusal is `{\"errors\":[{\"code\":400,\"message\":\"…\"}]}` and lists every fault that was found. `…` stands for what\n\
         differs; `field: ` or `[parameter] ` may stand before a message. Every answer carries an `X-Request-Id`.\n\n\
         | status | message | cause | remedy |\n| --- | --- | --- | --- |\n",
    );
    for Complaint { status, message, cause, remedy } in all() {
        let message = message.replace('|', "\\|");
        let row = format_args!("| {status} | `{message}` | {cause} | {remedy} |\n").to_string();
        page.write_str(&row).expect("invariant: a string takes whatever is written to it");
    }
    page
}

/// The same, as a page.
pub(super) fn page() -> String {
    let mut rows = String::new();
    for Complaint { status, message, cause, remedy } in all() {
        rows.push_str(&format!(
            "<tr><td>{status}</td><td><code>{}</code></td><td>{}</td><td>{}</td></tr>\n",
            escaped(message),
            escaped(cause),
            escaped(remedy)
        ));
    }
    let body = format!(
        "<main class=\"wide\">\n<p><a href=\"/docs\">← The interface</a></p>\n<h1>Errors</h1>\n\
         <p>A refusal lists every fault that was found. <code>…</code> stands for what differs; <code>field:</code> or \
         <code>[parameter]</code> may stand before a message. When you ask for help, give the <code>X-Request-Id</code> of the answer.</p>\n\
         <table>\n<thead><tr><th>Status</th><th>Message</th><th>Cause</th><th>Remedy</th></tr></thead>\n<tbody>\n{rows}</tbody>\n</table>\n</main>\n"
    );
    whole("Navette: errors", &body)
}
