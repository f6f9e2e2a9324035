//! Who runs: what the history records beside each step.

/// This version of schemactl.
pub(crate) const TOOL: &str = concat!("schemactl ", env!("CARGO_PKG_VERSION"));

/// The name of this host, as the system has it; empty where it does not tell.
pub(crate) fn host() -> &'static str {
    static HOST: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    HOST.get_or_init(|| {
        let file = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
        file.or_else(|| std::env::var("HOSTNAME").ok())
            .or_else(|| std::env::var("COMPUTERNAME").ok())
            .map(|name| name.trim().to_owned())
            .unwrap_or_default()
    })
}
