pub fn run(_s: &crate::settings::Settings, _a: &crate::cli::Explain, _u: &mut crate::ui::Ui) -> Result<crate::failure::Exit, crate::failure::Failure> { todo!() }
