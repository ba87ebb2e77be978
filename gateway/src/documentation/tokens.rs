//! The token endpoint, in the description of the interface: RFC 6749 section 4.4.

use serde_json::{Value, json};

/// Both addresses at which published deployments have it.
const ADDRESSES: [(&str, &str); 2] = [("/token", "token"), ("/oauth2/token", "token_of_oauth2")];

/// Adds the token endpoint to the description.
pub(super) fn add(document: &mut Value) {
    if let Some(tags) = document["tags"].as_array_mut() {
        tags.insert(0, json!({ "name": "Tokens", "description": "Where a credential becomes a token." }));
    }
    for (path, id) in ADDRESSES {
        document["paths"][path] = json!({ "post": operation(id) });
    }
    document["components"]["securitySchemes"]["basic"] = json!({ "type": "http", "scheme": "basic" });
    let schemas = &mut document["components"]["schemas"];
    schemas["TokenRequest"] = json!({
        "type": "object",
        "required": ["grant_type"],
        "properties": {
            "grant_type": { "type": "string", "enum": ["client_credentials"] },
            "scope": { "type": "string", "enum": ["OSL", "SI", "ADMIN", "DATAPASS"], "description": "The scope of the credential, or nothing." },
            "client_id": { "type": "string", "description": "When it is not in the Authorization header." },
            "client_secret": { "type": "string", "description": "When it is not in the Authorization header." },
        },
    });
    schemas["Token"] = json!({
        "type": "object",
        "required": ["access_token", "token_type", "expires_in", "scope"],
        "properties": {
            "access_token": { "type": "string", "description": "To be sent as `Authorization: Bearer …`." },
            "token_type": { "type": "string", "enum": ["Bearer"] },
            "expires_in": { "type": "integer", "description": "For how many seconds." },
            "scope": { "type": "string", "enum": ["OSL", "SI", "ADMIN", "DATAPASS"] },
        },
    });
    schemas["TokenError"] = json!({
        "type": "object",
        "required": ["error"],
        "properties": {
            "error": { "type": "string", "enum": ["invalid_request", "invalid_client", "invalid_grant", "unauthorized_client", "unsupported_grant_type", "invalid_scope"] },
            "error_description": { "type": "string", "description": "What to do about it." },
        },
    });
}

fn operation(id: &str) -> Value {
    let request = json!({ "$ref": "#/components/schemas/TokenRequest" });
    let refused = |description: &str| {
        json!({
            "description": description,
            "content": { "application/json": { "schema": { "$ref": "#/components/schemas/TokenError" } } },
        })
    };
    json!({
        "operationId": id,
        "tags": ["Tokens"],
        "summary": "Gives a token to whoever shows a credential.",
        "security": [{ "basic": [] }, {}],
        "parameters": [],
        "requestBody": {
            "required": true,
            "content": {
                "application/x-www-form-urlencoded": { "schema": request, "example": { "grant_type": "client_credentials", "scope": "OSL" } },
                "application/json": { "schema": request },
            },
        },
        "responses": {
            "200": {
                "description": "The token.",
                "headers": { "Cache-Control": { "schema": { "type": "string" } } },
                "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Token" } } },
            },
            "400": refused("The request is malformed, or the scope is not that of the credential."),
            "401": refused("The client is not known, or its secret is wrong."),
            "408": failed("The body did not come in time."),
            "413": failed("The body is too large."),
            "415": failed("The Content-Encoding is not read."),
            "503": failed("The hub cannot take it now: try again after Retry-After."),
        },
    })
}

fn failed(description: &str) -> Value {
    json!({
        "description": description,
        "content": { "application/json": { "schema": { "$ref": "#/components/schemas/Error" } } },
    })
}
