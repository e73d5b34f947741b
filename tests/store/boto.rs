//! boto3 as a [`SecretStore`], so that the contract runs through it unchanged.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Mutex;

use arnify::secret::SecretValue;
use arnify::store::{Described, Fetched, NewSecret, Reason, SecretStore, StoreError, Version, Written};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::place;

pub(crate) struct Boto {
    child: Child,
    pipes: Mutex<(ChildStdin, BufReader<ChildStdout>)>,
}

impl Drop for Boto {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Boto {
    pub(crate) fn connect(endpoint: &str) -> Self {
        let mut command = Command::new(place::python());
        place::sign_in(place::scrub(&mut command, &std::env::temp_dir()));
        command.arg(place::manifest().join("tests/store/boto_client.py")).arg(endpoint);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let pipes = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        Self { child, pipes: Mutex::new(pipes) }
    }

    fn call(&self, call: &'static str, args: &Value) -> Result<Value, StoreError> {
        let mut pipes = self.pipes.lock().unwrap();
        writeln!(pipes.0, "{}", json!({ "call": call, "args": args })).unwrap();
        let mut line = String::new();
        pipes.1.read_line(&mut line).unwrap();
        let mut answer: Value = serde_json::from_str(&line).expect("boto_client.py answers");
        if let Some(ok) = answer.get_mut("ok") {
            return Ok(ok.take());
        }
        let (code, message) = (answer["code"].as_str().unwrap(), answer["message"].as_str().unwrap());
        let reason = match code {
            "ResourceNotFoundException" => Reason::NotFound,
            "ResourceExistsException" => Reason::Conflict,
            "InvalidRequestException" if message.contains("deletion") => Reason::ScheduledForDeletion { when: None },
            "InvalidParameterException" | "ValidationException" | "ParamValidationError" => {
                Reason::Invalid(String::new())
            }
            other => Reason::Other(other.to_owned()),
        };
        Err(StoreError { operation: call, secret: None, reason, code: Some(code.into()), request_id: None })
    }
}

fn with_value(mut args: Value, value: &SecretValue) -> Value {
    value.with_bytes(|bytes| match std::str::from_utf8(bytes) {
        Ok(text) if !text.contains('\0') => args["SecretString"] = json!(text),
        _ => args["SecretBinary"] = json!({ "b64": STANDARD.encode(bytes) }),
    });
    args
}

fn tag_list(tags: &BTreeMap<String, String>) -> Value {
    tags.iter().map(|(key, value)| json!({ "Key": key, "Value": value })).collect()
}

fn text(value: &Value, key: &str) -> String {
    value[key].as_str().unwrap_or_default().to_owned()
}

fn fetched(value: &Value) -> Fetched {
    let bytes = match value.get("SecretString") {
        Some(text) => text.as_str().unwrap().as_bytes().to_vec(),
        None => STANDARD.decode(value["SecretBinary"]["b64"].as_str().unwrap()).unwrap(),
    };
    let binary = value.get("SecretString").is_none();
    Fetched { arn: text(value, "ARN"), version_id: text(value, "VersionId"), value: SecretValue::new(bytes), binary }
}

fn described(value: &Value, versions: &str) -> Described {
    let tags =
        value["Tags"].as_array().into_iter().flatten().map(|tag| (text(tag, "Key"), text(tag, "Value"))).collect();
    Described {
        arn: text(value, "ARN"),
        name: text(value, "Name"),
        description: text(value, "Description"),
        tags,
        deleted: value.get("DeletedDate").map(ToString::to_string),
        versions: serde_json::from_value(value[versions].clone()).unwrap_or_default(),
    }
}

fn written(value: &Value) -> Written {
    Written { arn: text(value, "ARN"), version_id: text(value, "VersionId") }
}

impl SecretStore for Boto {
    async fn describe(&self, id: &str) -> Result<Described, StoreError> {
        self.call("describe_secret", &json!({ "SecretId": id })).map(|found| described(&found, "VersionIdsToStages"))
    }

    async fn create(&self, secret: &NewSecret<'_>) -> Result<Written, StoreError> {
        let args = json!({
            "Name": secret.name, "Description": secret.description, "Tags": tag_list(secret.tags),
            "ClientRequestToken": secret.token,
        });
        self.call("create_secret", &with_value(args, secret.value)).map(|wrote| written(&wrote))
    }

    async fn put(&self, id: &str, token: &str, value: &SecretValue) -> Result<Written, StoreError> {
        let args = json!({ "SecretId": id, "ClientRequestToken": token });
        self.call("put_secret_value", &with_value(args, value)).map(|wrote| written(&wrote))
    }

    async fn get(&self, id: &str, version: &Version) -> Result<Fetched, StoreError> {
        let args = match version {
            Version::Current => json!({ "SecretId": id }),
            Version::Id(version) => json!({ "SecretId": id, "VersionId": version }),
            Version::Stage(stage) => json!({ "SecretId": id, "VersionStage": stage }),
        };
        self.call("get_secret_value", &args).map(|got| fetched(&got))
    }

    async fn get_many(&self, ids: &[String]) -> Result<Vec<Result<Fetched, StoreError>>, StoreError> {
        let answer = self.call("batch_get_secret_value", &json!({ "SecretIdList": ids }))?;
        let values = answer["SecretValues"].as_array().unwrap();
        let errors = answer["Errors"].as_array().unwrap();
        assert_eq!(values.len() + errors.len(), ids.len(), "each id is a value or an error");
        Ok(ids
            .iter()
            .map(|id| match values.iter().find(|value| value["ARN"] == json!(id) || value["Name"] == json!(id)) {
                Some(value) => Ok(fetched(value)),
                None => {
                    let error = errors.iter().find(|error| error["SecretId"] == json!(id)).unwrap();
                    assert_eq!(error["ErrorCode"], "ResourceNotFoundException");
                    let code = Some(text(error, "ErrorCode").into());
                    Err(StoreError {
                        operation: "batch",
                        secret: None,
                        reason: Reason::NotFound,
                        code,
                        request_id: None,
                    })
                }
            })
            .collect())
    }

    async fn list(&self, prefix: &str) -> Result<Vec<Described>, StoreError> {
        let mut found: Vec<Described> = Vec::new();
        let mut token = Value::Null;
        loop {
            let mut args = json!({ "Filters": [{ "Key": "name", "Values": [prefix] }], "MaxResults": 2 });
            if !token.is_null() {
                args["NextToken"] = token;
            }
            let page = self.call("list_secrets", &args)?;
            found.extend(page["SecretList"].as_array().unwrap().iter().map(|s| described(s, "SecretVersionsToStages")));
            token = page["NextToken"].clone();
            if token.is_null() {
                return Ok(found);
            }
        }
    }

    async fn tag(&self, id: &str, tags: &BTreeMap<String, String>) -> Result<(), StoreError> {
        self.call("tag_resource", &json!({ "SecretId": id, "Tags": tag_list(tags) })).map(drop)
    }

    async fn delete(&self, id: &str, days: u8) -> Result<(), StoreError> {
        self.call("delete_secret", &json!({ "SecretId": id, "RecoveryWindowInDays": days })).map(drop)
    }

    async fn restore(&self, id: &str) -> Result<(), StoreError> {
        self.call("restore_secret", &json!({ "SecretId": id })).map(drop)
    }
}
