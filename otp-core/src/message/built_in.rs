//! The texts every catalogue starts with.
//!
//! An `sms` text is one SMS at six digits, with an ending too (see
//! [`CatalogueBuilder::ending`](super::CatalogueBuilder::ending) for how long names may be). Spanish, French, German and
//! Portuguese therefore use only letters of the GSM 7-bit alphabet, which has `é è à ñ ö ä ü ß` but not `á ê í ó ú ã ç`:
//! hence *clave* for *código*, and *PIN* in Portuguese. Chinese, Japanese and Arabic have 70 characters in all, and say
//! no more than they must. No grammar depends on a number. Arabic starts with Arabic, so that the line runs right to
//! left whatever the application is called; the digits stay together without marks.

/// All texts of one language, for any purpose.
pub(super) struct BuiltIn {
    pub(super) language: &'static str,
    pub(super) sms: &'static str,
    pub(super) voice: &'static str,
    pub(super) email_subject: &'static str,
    pub(super) email_text: &'static str,
}

/// The language that has a text of every kind in every catalogue, and the default.
pub(super) const FALLBACK: &str = "en";

pub(super) const TEXTS: [BuiltIn; 8] = [
    BuiltIn {
        language: FALLBACK,
        sms: "Welcome to {app}! Please use security code {security_code} to proceed.",
        voice: "Hello. Your {app} security code is: {security_code}. Again, your code is: {security_code}. Goodbye.",
        email_subject: "Your {app} security code",
        email_text: "Hello,\n\nyour {app} security code is: {security_code}\n\n\
                     Valid for {minutes} min. Do not share it with anyone.\n\n\
                     If you did not ask for this code, please ignore this message.\n",
    },
    BuiltIn {
        language: "es",
        sms: "Le damos la bienvenida a {app}. Use la clave de seguridad {security_code} para continuar.",
        voice: "Hola. Su código de seguridad de {app} es: {security_code}. Repito: {security_code}. Adiós.",
        email_subject: "Su código de seguridad de {app}",
        email_text: "Hola:\n\nSu código de seguridad de {app} es: {security_code}\n\n\
                     Válido durante {minutes} min. No lo comparta con nadie.\n\n\
                     Si no ha solicitado este código, ignore este mensaje.\n",
    },
    BuiltIn {
        language: "fr",
        sms: "Bienvenue sur {app} ! Utilisez le code de sécurité {security_code} pour continuer.",
        voice: "Bonjour. Votre code de sécurité {app} est : {security_code}. Je répète : {security_code}. Au revoir.",
        email_subject: "Votre code de sécurité {app}",
        email_text: "Bonjour,\n\nvotre code de sécurité {app} est : {security_code}\n\n\
                     Valable {minutes} min. Ne le communiquez à personne.\n\n\
                     Si vous n'avez pas demandé ce code, ignorez ce message.\n",
    },
    BuiltIn {
        language: "de",
        sms: "Willkommen bei {app}! Bitte geben Sie den Sicherheitscode {security_code} ein, um fortzufahren.",
        voice: "Guten Tag. Ihr Sicherheitscode für {app} lautet: {security_code}. \
                Ich wiederhole: {security_code}. Auf Wiederhören.",
        email_subject: "Ihr Sicherheitscode für {app}",
        email_text: "Guten Tag,\n\nIhr Sicherheitscode für {app} lautet: {security_code}\n\n\
                     Gültig für {minutes} Min. Geben Sie ihn an niemanden weiter.\n\n\
                     Wenn Sie diesen Code nicht angefordert haben, ignorieren Sie diese Nachricht.\n",
    },
    BuiltIn {
        language: "pt",
        sms: "Boas-vindas a {app}! Use o PIN {security_code} para continuar.",
        voice: "Olá. O seu código de segurança de {app} é: {security_code}. Repito: {security_code}. Até logo.",
        email_subject: "O seu código de segurança de {app}",
        email_text: "Olá,\n\no seu código de segurança de {app} é: {security_code}\n\n\
                     Válido por {minutes} min. Não o partilhe com ninguém.\n\n\
                     Se não pediu este código, ignore esta mensagem.\n",
    },
    BuiltIn {
        language: "zh-Hant",
        sms: "歡迎使用 {app}！請輸入安全碼 {security_code} 以繼續。",
        voice: "您好。您的 {app} 安全碼是：{security_code}。重複一次：{security_code}。再見。",
        email_subject: "您的 {app} 安全碼",
        email_text: "您好：\n\n您的 {app} 安全碼是：{security_code}\n\n\
                     有效時間為 {minutes} 分鐘，請勿告訴任何人。\n\n\
                     如果您沒有要求此安全碼，請忽略這封郵件。\n",
    },
    BuiltIn {
        language: "ja",
        sms: "{app} へようこそ。セキュリティコード: {security_code}",
        voice: "こんにちは。{app} のセキュリティコードは、{security_code} です。繰り返します。{security_code} です。",
        email_subject: "{app} のセキュリティコード",
        email_text: "{app} をご利用いただきありがとうございます。\n\nセキュリティコード: {security_code}\n\n\
                     有効時間は {minutes} 分です。このコードは誰にも教えないでください。\n\n\
                     お心当たりのない場合は、このメールを無視してください。\n",
    },
    BuiltIn {
        language: "ar",
        sms: "رمز الأمان في {app}: {security_code}",
        voice: "مرحبًا. رمز الأمان الخاص بك في {app} هو: {security_code}. أكرر: {security_code}. مع السلامة.",
        email_subject: "رمز الأمان الخاص بك في {app}",
        email_text: "مرحبًا،\n\nرمز الأمان الخاص بك في {app} هو: {security_code}\n\n\
                     مدة الصلاحية بالدقائق: {minutes}. لا تشارك هذا الرمز مع أي شخص.\n\n\
                     إذا لم تطلب هذا الرمز، فتجاهل هذه الرسالة.\n",
    },
];
