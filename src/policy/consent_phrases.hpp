// The table of consent phrases: the words that US carriers require and Twilio documents, the words of FCC
// 24-24 (in force since April 2025), and those that carriers and providers of other countries prescribe.
// Written as people write them; consent.cpp simplifies both sides before it compares.
#pragma once

#include <array>
#include <string_view>

namespace orchestrator::policy {

struct ConsentLanguage {
  std::string_view code;  // ISO 639-1
  // Phrases, separated by |. A * before one: it counts only when typed, because buttons use it for other
  // things.
  std::string_view opt_out;
  std::string_view opt_in;
  std::string_view polite;     // may stand beside the others
  std::string_view signature;  // the beginnings of lines that mail programs add
};

// English first: it always counts. Words of one language that are ordinary words of another are left out:
// Italian FINE.
inline constexpr std::array kConsentLanguages = {
    ConsentLanguage{
        "en",
        "stop|stop all|stopall|unsubscribe|*cancel|*end|*quit|revoke|opt out|optout|opt me out|stop it|stop "
        "now|stop this|"
        "stop messages|stop texts|stop promotions|stop all messages|stop all texts|stop these messages|stop "
        "these texts|stop sms|"
        "stop messaging|stop messaging me|stop texting|stop texting me|stop contacting me|stop writing me|"
        "stop writing to me|stop bothering me|stop spamming me|"
        "stop sending|stop sending messages|stop sending texts|stop sending me messages|stop sending me "
        "texts|"
        "stop sending me these messages|stop sending me these texts|stop sending these|stop sending these "
        "messages|"
        "unsubscribe me|unsubscribe all|remove me|remove me from your list|remove me from this list|"
        "remove my number|take me off your list|take me off this list|delete my number|"
        "do not text me|don't text me|do not text me again|don't text me again|don't text me anymore|"
        "do not message me|don't message me|do not contact me|don't contact me|do not contact me again|"
        "don't contact me again|do not write to me|don't write to me|"
        "no more texts|no more messages|no more sms|i want to opt out|i would like to opt out|i wish to opt "
        "out|"
        "i opt out|i'm opting out|i want to unsubscribe|i would like to unsubscribe|leave me alone",
        "*start|*yes|unstop|opt in|opt me in|start messages|start texting me|resubscribe",
        "please|pls|plz|thanks|thank you|thank you very much|many "
        "thanks|thx|ty|hi|hello|now|ok|okay|sorry|sir|already",
        "sent from my|sent from outlook|sent from mail|sent via|get outlook for|sent with"},
    ConsentLanguage{
        "fr",
        "stop|arrêt|arrêter|arrêtez|désabonner|désabonnement|désinscrire|désinscription|me désabonner|me "
        "désinscrire|"
        "désabonnez moi|désinscrivez moi|arrêtez les messages|arrêtez les sms|arrêtez de m'écrire|"
        "ne m'écrivez plus|ne me contactez plus|je veux me désabonner|je souhaite me désinscrire",
        "*débuter|*démarrer|*commencer|*reprendre|réabonner|me réabonner",
        "merci|svp|s'il vous plaît|s'il te plaît|stp|bonjour|merci beaucoup",
        "envoyé de mon|envoyé depuis|envoyé à partir de"},
    ConsentLanguage{
        "es",
        "stop|baja|alto|parar|pare|detener|*cancelar|*terminar|dar de baja|darme de baja|dame de baja|denme "
        "de baja|"
        "deme de baja|baja total|quiero darme de baja|cancelar suscripción|no más mensajes|no más sms|"
        "no me escriban|no me escriban más|no me envíen más mensajes|no enviar más|no molestar|dejen de "
        "escribirme|"
        "deje de escribirme|desuscribir|desuscribirme",
        "alta|*iniciar|*inicio|*comenzar|*empezar|darme de alta",
        "por favor|gracias|muchas gracias|hola|ya|porfa",
        "enviado desde mi|enviado desde|obtener outlook para"},
    ConsentLanguage{
        "pt",
        "stop|parar|pare|sair|*cancelar|descadastrar|descadastre|me descadastre|remover|remova|me remova|"
        "quero sair|quero parar|não quero mais|não quero mais receber|não quero mais mensagens|pare de "
        "enviar|"
        "pare de me mandar mensagens|pare de enviar mensagens|parem de me mandar mensagem|cancelar inscrição|"
        "sem mais mensagens|não me mande mais mensagens",
        "*iniciar|*começar|*voltar|quero receber",
        "por favor|obrigado|obrigada|muito obrigado|muito obrigada|olá|já|pfv",
        "enviado do meu|enviado de meu|obter o outlook para"},
    ConsentLanguage{
        "de",
        "stop|stopp|abmelden|abbestellen|austragen|kündigen|*ende|*abbrechen|stopp alles|alles stopp|bitte "
        "abmelden|"
        "keine nachrichten mehr|keine sms mehr|bitte keine nachrichten mehr|keine weiteren nachrichten|"
        "schreiben sie mir nicht mehr|schreibt mir nicht mehr|schreib mir nicht mehr|nicht mehr schreiben|"
        "ich möchte mich abmelden|ich will mich abmelden|melden sie mich ab|meldet mich ab",
        "*anmelden|*starten|wieder anmelden", "bitte|danke|vielen dank|dankeschön|hallo|guten tag|mfg|lg",
        "von meinem|gesendet von|gesendet mit|outlook für"},
    ConsentLanguage{"it",
                    "stop|ferma|fermate|fermati|basta|*annulla|*termina|disiscrivi|disiscrivimi|cancellami|"
                    "disdici|disdire|"
                    "cancella iscrizione|annulla iscrizione|basta messaggi|basta sms|non scrivetemi più|non "
                    "scrivermi più|"
                    "non inviatemi più messaggi|niente più messaggi|rimuovimi|voglio disiscrivermi",
                    "*inizia|*inizio|*avvia|riprendi",
                    "per favore|per piacere|grazie|grazie mille|ciao|buongiorno",
                    "inviato da|inviato dal mio|scarica outlook per"},
    ConsentLanguage{"nl",
                    "stop|stoppen|afmelden|uitschrijven|opzeggen|*einde|*annuleren|meld mij af|meld me "
                    "af|schrijf mij uit|"
                    "schrijf me uit|geen berichten meer|geen sms meer|stop met berichten|stop met sms|stuur "
                    "me geen berichten meer|"
                    "ik wil me afmelden|ik wil mij afmelden|ik wil me uitschrijven",
                    "*aanmelden|*beginnen|*hervatten",
                    "alstublieft|alsjeblieft|aub|ajb|bedankt|dank u|dankjewel|dank je|hallo|dag",
                    "verzonden vanaf mijn|verstuurd vanaf mijn|verzonden met"},
    ConsentLanguage{"pl", "stop|koniec|wypisz|wypisz mnie|rezygnuję|anuluj subskrypcję", "*wznów",
                    "proszę|dziękuję", "wysłane z"},
    ConsentLanguage{"ru", "стоп|отписаться|отпишите меня|отмена|не пишите мне", "*старт|возобновить",
                    "пожалуйста|спасибо", "отправлено с"},
    ConsentLanguage{"ar", "توقف|إيقاف|الغاء|إلغاء الاشتراك", "*ابدأ", "شكرا|من فضلك", ""},
    ConsentLanguage{"zh", "停止|退订|退訂|取消订阅|取消訂閱", "*开始|*開始", "谢谢|謝謝|请|請", ""},
};

}  // namespace orchestrator::policy
