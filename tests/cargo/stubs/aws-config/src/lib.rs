use std::borrow::Cow;

pub struct BehaviorVersion;
pub struct Region;
pub struct ConfigLoader;
pub struct SdkConfig;
/// What `aws_secretsmanager_caching` makes a client of.
pub struct Builder;

pub fn defaults(_: BehaviorVersion) -> ConfigLoader {
    ConfigLoader
}

impl BehaviorVersion {
    pub fn latest() -> Self {
        Self
    }
}

impl Region {
    pub fn new(_: impl Into<Cow<'static, str>>) -> Self {
        Self
    }
}

impl ConfigLoader {
    pub fn region(self, _: Region) -> Self {
        self
    }

    pub async fn load(self) -> SdkConfig {
        SdkConfig
    }
}

impl From<&SdkConfig> for Builder {
    fn from(_: &SdkConfig) -> Self {
        Self
    }
}
