use std::{error::Error, num::NonZeroUsize, time::Duration};

pub struct SecretsManagerCachingClient;

pub struct Secret {
    pub secret_string: Option<String>,
}

impl SecretsManagerCachingClient {
    pub async fn from_builder(
        _: aws_config::Builder,
        _: NonZeroUsize,
        _: Duration,
        _: bool,
    ) -> Result<Self, Box<dyn Error>> {
        Ok(Self)
    }

    pub async fn get_secret_value(
        &self,
        _: &str,
        _: Option<&str>,
        _: Option<&str>,
        _: bool,
    ) -> Result<Secret, Box<dyn Error>> {
        Ok(Secret { secret_string: None })
    }
}
