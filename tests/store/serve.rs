//! `serve` with the clients that people have: the AWS CLI, AWS's caching client, and whoever should be kept out.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use super::place;

/// Sends one request as it stands; status and body.
fn raw(endpoint: &str, head: &[&str], body: &str) -> (u16, String) {
    let address = endpoint.trim_start_matches("http://");
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut text = head.join("\r\n").replace("HOST", address);
    text += &format!("\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len());
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer);
    let status = answer.get(9..12).and_then(|status| status.parse().ok()).unwrap_or_default();
    (status, answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default())
}

const JSON: &str = "Content-Type: application/x-amz-json-1.1";
const LIST: &str = "X-Amz-Target: secretsmanager.ListSecrets";

#[test]
fn browsers_and_foreign_names_are_refused() {
    let vault = place::vault();
    let endpoint = place::served(&vault);
    let post = "POST / HTTP/1.1";
    let fine = raw(&endpoint, &[post, "Host: HOST", JSON, LIST], "{}");
    assert_eq!(fine, (200, "{\"SecretList\":[]}".into()));
    for refused in [
        vec![post, "Host: HOST", "Origin: http://127.0.0.1", JSON, LIST],
        vec![post, "Host: evil.example", JSON, LIST],
        vec![post, "Host: 127.0.0.1.evil.example", JSON, LIST],
        vec!["POST http://evil.example/ HTTP/1.1", "Host: HOST", JSON, LIST],
    ] {
        assert_eq!(raw(&endpoint, &refused, "{}").0, 403, "{refused:?}");
    }
    assert_eq!(raw(&endpoint, &["GET / HTTP/1.1", "Host: HOST"], "").0, 405);
    assert_eq!(raw(&endpoint, &[post, "Host: HOST", "Content-Type: text/plain", LIST], "{}").0, 415);
    assert_eq!(raw(&endpoint, &[post, "Host: HOST", JSON, LIST], &"x".repeat(1024 * 1024 + 1)).0, 413);
}

#[test]
fn refusals_have_aws_s_form_and_quote_nothing() {
    let vault = place::vault();
    let endpoint = place::served(&vault);
    let call = |operation: &str, body: &str| {
        let target = format!("X-Amz-Target: secretsmanager.{operation}");
        let (status, body) = raw(&endpoint, &["POST / HTTP/1.1", "Host: HOST", JSON, &target], body);
        assert_eq!(status, 400, "{operation}");
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        assert!(body["message"].is_string() && !body.to_string().contains("hunter2"), "{body}");
        body["__type"].as_str().unwrap().to_owned()
    };
    assert_eq!(call("GetSecretValue", r#"{"SecretId":"absent"}"#), "ResourceNotFoundException");
    assert_eq!(
        call("CreateSecret", r#"{"Name":"a","SecretString":"hunter2","Tags":"hunter2"}"#),
        "SerializationException"
    );
    assert_eq!(
        call("CreateSecret", r#"{"Name":"a","SecretString":"hunter2","SecretBinary":"aHVudGVyMg=="}"#),
        "InvalidParameterException"
    );
    assert_eq!(call("CreateSecret", r#"{"Name":"a","SecretString":""}"#), "InvalidParameterException");
    assert_eq!(call("RotateSecret", r#"{"SecretId":"a"}"#), "UnknownOperationException");
    assert_eq!(call("BatchGetSecretValue", "{}"), "InvalidParameterException");
}

fn aws(endpoint: &str, args: &[&str]) -> (bool, serde_json::Value) {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(place::python().with_file_name("aws"));
    place::sign_in(place::scrub(&mut command, home.path()));
    command.args(["--endpoint-url", endpoint, "--output", "json", "secretsmanager"]).args(args);
    let output = command.output().unwrap();
    let text = if output.status.success() { output.stdout } else { output.stderr };
    let json = serde_json::from_slice(&text);
    (output.status.success(), json.unwrap_or_else(|_| String::from_utf8_lossy(&text).into_owned().into()))
}

#[test]
fn the_aws_cli_creates_reads_describes_and_deletes() {
    let vault = place::vault();
    let endpoint = place::served(&vault);
    let made = ["create-secret", "--name", "cli/a", "--secret-string", "p\u{e4}ss", "--tags", "Key=Team,Value=x"];
    let (ok, created) = aws(&endpoint, &made);
    assert!(ok, "{created}");
    let arn = created["ARN"].as_str().unwrap();
    let (_, got) = aws(&endpoint, &["get-secret-value", "--secret-id", arn]);
    assert_eq!((&got["SecretString"], &got["Name"]), (&"p\u{e4}ss".into(), &"cli/a".into()));
    let put = ["put-secret-value", "--secret-id", "cli/a", "--secret-binary", "fileb:///dev/null"];
    assert!(!aws(&endpoint, &put).0, "an empty value is refused");
    let (_, described) = aws(&endpoint, &["describe-secret", "--secret-id", "cli/a"]);
    assert_eq!(described["Tags"][0]["Value"], "x");
    assert!(described["CreatedDate"].is_string() || described["CreatedDate"].is_number());
    let (ok, _) = aws(&endpoint, &["delete-secret", "--secret-id", "cli/a", "--recovery-window-in-days", "7"]);
    assert!(ok);
    let (ok, refused) = aws(&endpoint, &["get-secret-value", "--secret-id", "cli/a"]);
    assert!(!ok && refused.as_str().unwrap().contains("InvalidRequestException"), "{refused}");
}

const CACHING: &str = r#"
import sys, boto3
from aws_secretsmanager_caching import SecretCache
client = boto3.client("secretsmanager", endpoint_url=sys.argv[1], region_name="us-east-1")
arn = client.create_secret(Name="cached", SecretString="one")["ARN"]
client.put_secret_value(SecretId=arn, SecretString="two")
cache = SecretCache(client=client)
print(cache.get_secret_string(arn), cache.get_secret_string(arn, "AWSPREVIOUS"), cache.get_secret_string("cached"))
versions = client.list_secret_version_ids(SecretId=arn)["Versions"]
old = next(v["VersionId"] for v in versions if "AWSPREVIOUS" in v["VersionStages"])
new = next(v["VersionId"] for v in versions if "AWSCURRENT" in v["VersionStages"])
client.update_secret_version_stage(SecretId=arn, VersionStage="AWSCURRENT", MoveToVersionId=old, RemoveFromVersionId=new)
print(client.get_secret_value(SecretId=arn)["SecretString"])
client.update_secret(SecretId=arn, Description="d", SecretString="three")
client.untag_resource(SecretId=arn, TagKeys=["none"])
print(client.get_secret_value(SecretId=arn)["SecretString"], client.describe_secret(SecretId=arn)["Description"])
print(len(client.get_random_password(PasswordLength=20)["RandomPassword"]))
print(client.list_secrets(Filters=[{"Key": "description", "Values": ["d"]}, {"Key": "name", "Values": ["!other"]}])["SecretList"][0]["Name"])
"#;

#[test]
fn aws_s_caching_client_reads_current_and_previous() {
    let vault = place::vault();
    let mut command = Command::new(place::python());
    place::sign_in(place::scrub(&mut command, vault.folder.path()));
    let output = command.args(["-c", CACHING, &place::served(&vault)]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "two one two\none\nthree d\n20\ncached\n");
}
