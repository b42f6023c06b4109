"""What pages of some sixty languages write before questions, examples, solutions, hints and plans, and above sets of them."""

from typing import Literal

Kind = Literal["question", "example", "solution", "hint", "plan", "section", "key", "other"]

# One row a language; forms as they stand at the start of a line, in lower case, parted by "|". A plural that may also
# label a single solution stands in both "solution" and "key". What "other" words open is none of ours, but ends what was.
WORDS: dict[Kind, dict[str, str]] = {
    "question": {
        "en": (
            "exercise|ex.|problem|question|challenge|task|checkpoint|quiz question|practice problem|practice question"
            "|practice exercise|review question|discussion question|homework problem|homework|your turn|try it|try it now"
            "|try it yourself|try this|check your understanding|check your learning|concept check|knowledge check|self-check"
            "|investigate|investigation|exploration|problem to solve"
            "|problem statement|problem description|exercise description|task description|self check"
            "|check yourself|test yourself|test your understanding|now try|you try it|puzzle|q|ques|ques.|que|ex|task statement"
            "|student task statement|student task|drill|quick check|exercise question|example problem|sample question"
            "|mini-exercise|mini exercise|brain teaser|brainteaser|riddle|stop and think|think about it|exam question"
            "|coding exercise|programming exercise|bonus question|bonus problem|guided practice|challenge problem"
            "|challenge question|application question|thinking question"
        ),
        "de": "aufgabe|übung|übungsaufgabe|frage|kontrollfrage|verständnisfrage|hausaufgabe|testfrage|prüfungsfrage",
        "fr": "exercice|problème|question|exercice corrigé|devoir|énigme|défi|activité",
        "es": "ejercicio|actividad|problema|pregunta|cuestión|reto|ejercicio resuelto|problema resuelto|desafío",
        "pt": "exercício|atividade|problema|questão|pergunta|desafio|exercício resolvido",
        "it": "esercizio|problema|domanda|quesito|esercizio svolto|sfida",
        "nl": "opgave|oefening|vraag|vraagstuk|probleem",
        "pl": "zadanie|ćwiczenie|pytanie|problem|polecenie|sprawdź, czy rozumiesz|sprawdź się|zagadka",
        "cs": "úloha|cvičení|příklad k procvičení|otázka|úkol|problém",
        "sk": "úloha|cvičenie|otázka",
        "hu": "feladat|kérdés|gyakorlat",
        "ro": "exercițiul|problema|întrebarea|întrebare|exercițiu|problemă",
        "sv": "uppgift|övning|fråga|övningsuppgift",
        "da": "opgave|øvelse|spørgsmål|oppgave|øving",
        "fi": "tehtävä|harjoitus|kysymys|harjoitustehtävä",
        "ru": "задача|упражнение|вопрос|задание|контрольный вопрос|условие|условие задачи",
        "uk": "задача|вправа|питання|запитання|завдання|умова|умова задачі",
        "bg": "задача|упражнение|въпрос|задатак|условие",
        "el": "άσκηση|ερώτηση|πρόβλημα|θέμα",
        "tr": "soru|alıştırma|problem|egzersiz",
        "ar": "سؤال|السؤال|تمرين|التمرين|مسألة|المسألة",
        "fa": "سوال|سؤال|پرسش|تمرین|مسئله",
        "he": "שאלה|תרגיל|בעיה",
        "hi": "प्रश्न|सवाल|अभ्यास|समस्या",
        "bn": "প্রশ্ন|অনুশীলনী|সমস্যা",
        "ta": "கேள்வி|வினா|பயிற்சி",
        "th": "คำถาม|แบบฝึกหัดที่|ข้อที่|โจทย์|ข้อ",
        "vi": "bài tập|bài toán|câu hỏi|bài|câu",
        "id": "soal|latihan|pertanyaan|latihan soal|contoh soal|tugas|soalan",
        "zh": "习题|練習題|练习题|练习|習題|题目描述|題目描述|题目|題目|问题|問題|思考题|思考題|问|問|题|題|作业|试题|試題",
        "ja": "問題|問題文|演習問題|練習問題|演習|課題|設問|問い|問",
        "ko": "문제|연습문제|연습 문제|질문|예제 문제|과제",
        "hr": "zadatak|pitanje|vježba|problem",
        "sl": "naloga|vprašanje|vaja",
        "sr": "задатак|питање|вежба",
        "ca": "exercici|qüestió|pregunta",
        "gl": "exercicio|cuestión|pregunta",
        "eu": "ariketa|galdera|problema",
        "lt": "uždavinys|užduotis|klausimas|pratimas",
        "lv": "uzdevums|jautājums|vingrinājums",
        "et": "ülesanne|küsimus|harjutus",
        "is": "dæmi|verkefni|spurning",
        "sq": "ushtrim|ushtrimi|pyetje|detyrë",
        "mk": "задача|прашање|вежба",
        "ka": "ამოცანა|სავარჯიშო|კითხვა",
        "hy": "խնդիր|վարժություն|հարց",
        "az": "sual|məsələ|tapşırıq|çalışma",
        "kk": "есеп|сұрақ|тапсырма|жаттығу",
        "uz": "masala|savol|topshiriq|mashq",
        "mn": "бодлого|асуулт|дасгал",
        "ur": "سوال|مشق|مسئلہ",
        "ne": "प्रश्न|अभ्यास",
        "mr": "प्रश्न|उदाहरण",
        "gu": "પ્રશ્ન|દાખલો",
        "pa": "ਪ੍ਰਸ਼ਨ|ਸਵਾਲ",
        "te": "ప్రశ్న|అభ్యాసం|సమస్య",
        "kn": "ಪ್ರಶ್ನೆ|ಅಭ್ಯಾಸ",
        "ml": "ചോദ്യം|പ്രശ്നം",
        "si": "ප්‍රශ්නය|ගැටලුව",
        "my": "မေးခွန်း|ပုစ္ဆာ",
        "km": "សំណួរ|លំហាត់",
        "lo": "ຄຳຖາມ",
        "sw": "swali|zoezi",
        "tl": "tanong|pagsasanay",
        "af": "vraag|oefening|probleem",
    },
    "example": {
        "en": "example|worked example|solved example|solved problem|sample problem|illustration|illustrative example",
        "de": "beispiel|beispielaufgabe|musteraufgabe",
        "fr": "exemple",
        "es": "ejemplo",
        "pt": "exemplo",
        "it": "esempio",
        "nl": "voorbeeld",
        "pl": "przykład",
        "cs": "příklad|řešený příklad",
        "sk": "príklad",
        "hu": "példa",
        "ro": "exemplul|exemplu",
        "sv": "exempel",
        "da": "eksempel",
        "fi": "esimerkki",
        "ru": "пример",
        "uk": "приклад",
        "el": "παράδειγμα",
        "tr": "örnek",
        "ar": "مثال",
        "he": "דוגמה",
        "hi": "उदाहरण",
        "bn": "উদাহরণ",
        "th": "ตัวอย่าง|ตัวอย่างที่",
        "vi": "ví dụ",
        "id": "contoh",
        "zh": "例题|例題|例",
        "ja": "例題|例",
        "ko": "예제|예",
        "hr": "primjer",
        "sl": "zgled|primer",
        "ca": "exemple",
        "lt": "pavyzdys",
        "lv": "piemērs",
        "et": "näide",
        "ka": "მაგალითი",
        "az": "nümunə|misal",
        "te": "ఉదాహరణ",
        "ur": "مثال",
    },
    "solution": {
        "en": (
            "solution|solutions|soln|sol.|sol|answer|answers|ans.|ans|correct answer|the correct answer is|right answer"
            "|correct option|suggested answer|sample answer|model answer|suggested solution|sample solution|model solution"
            "|possible answer|possible solution|explanation|worked solution|detailed solution|full solution"
            "|answer and explanation|solution and explanation|show solution|show answer|show/hide solution|show/hide answer"
            "|view solution|view answer|see solution|see answer|reveal answer|reveal solution|click for answer|click for solution"
            "|click to see answer|click to see solution|click to reveal|show the solution|show the answer|see the solution"
            "|toggle solution|toggle answer|expand solution|check answer|accepted answer|best answer|explain this answer"
            "|answer & explanation|answers & explanations|solution & explanation|solution approach|solution code"
            "|reference solution|proposed solution|editorial|explain these answers|explain answer|proof|student response"
            "|student responses|sample response|sample responses|possible response|possible responses|anticipated response|a"
            "|rationale|suggested answers|suggested response|model response|example answer|example solution|worked answer"
            "|alternative solution|alternate solution|another solution|official solution|solution steps|step-by-step solution"
            "|specimen answer"
        ),
        "de": (
            "lösung|lösungen|lösungsweg|musterlösung|lösungsvorschlag|antwort|antworten|richtige antwort|lösung anzeigen"
            "|lösung einblenden|antwort anzeigen|erklärung|erläuterung|beispiellösung|beweis|lösungsskizze|ausführliche lösung"
            "|mögliche lösung|kurzlösung|ergebnis|antwort einblenden|musterlösung anzeigen"
        ),
        "fr": (
            "solution|corrigé|correction|réponse|réponses|bonne réponse|explication|voir la solution|voir la réponse"
            "|afficher la solution|afficher la réponse|éléments de réponse|démonstration|preuve|corrigé détaillé"
            "|solution détaillée|correction détaillée|proposition de corrigé|proposition de correction|éléments de correction"
            "|voir le corrigé|voir la correction"
        ),
        "es": (
            "solución|respuesta|resolución|soluciones|respuestas|respuesta correcta|explicación|ver solución|ver respuesta"
            "|mostrar solución|mostrar respuesta|ver la solución|desarrollo|demostración|solución detallada|solución propuesta"
            "|posible solución|ver la respuesta|respuestas correctas"
        ),
        "pt": (
            "solução|resposta|resolução|gabarito|resposta correta|resposta certa|explicação|ver solução|ver resposta"
            "|mostrar solução|mostrar resposta|resolução comentada|alternativa correta|ver resolução"
        ),
        "it": (
            "soluzione|risposta|svolgimento|risoluzione|risposta corretta|risposta esatta|spiegazione|mostra soluzione"
            "|vedi soluzione|mostra la soluzione|soluzione guidata|soluzione proposta|risoluzione guidata"
        ),
        "nl": "oplossing|antwoord|uitwerking|antwoorden|uitleg|juiste antwoord|toon oplossing|toon antwoord",
        "pl": (
            "rozwiązanie|odpowiedź|odp.|odp|rozwiązania|odpowiedzi|poprawna odpowiedź|prawidłowa odpowiedź|wyjaśnienie"
            "|pokaż rozwiązanie|pokaż odpowiedź|dowód|rozwiązanie zadania|zobacz rozwiązanie|odpowiedź i rozwiązanie|wynik"
        ),
        "cs": "řešení|odpověď|správná odpověď|výsledek|vysvětlení|zobrazit řešení",
        "sk": "riešenie|odpoveď|správna odpoveď|vysvetlenie",
        "hu": "megoldás|válasz|helyes válasz|magyarázat",
        "ro": "soluție|soluția|rezolvare|rezolvarea|răspuns|răspunsul|răspuns corect|explicație",
        "sv": "lösning|svar|facit|rätt svar|förklaring|lösningsförslag",
        "da": "løsning|svar|rigtigt svar|forklaring|løysing|løsningsforslag",
        "fi": "ratkaisu|vastaus|oikea vastaus|selitys",
        "ru": (
            "решение|ответ|правильный ответ|верный ответ|пояснение|объяснение|показать решение|показать ответ|посмотреть ответ"
            "|посмотреть решение|доказательство|ответ и решение|решение и ответ|разбор|разбор задачи"
        ),
        "uk": "розв'язання|розв’язання|розв'язок|розв’язок|відповідь|рішення|правильна відповідь|пояснення|показати відповідь",
        "bg": "решение|отговор|верен отговор|обяснение|решење|одговор|rješenje|rešenje|odgovor",
        "el": "λύση|απάντηση|σωστή απάντηση|εξήγηση|επίλυση",
        "tr": "çözüm|cevap|yanıt|doğru cevap|açıklama|çözümü göster|cevabı göster",
        "ar": "الحل|حل|الجواب|جواب|الإجابة|إجابة|الاجابة|الإجابة الصحيحة|الشرح|التفسير",
        "fa": "پاسخ|جواب|حل|راه حل|راه‌حل|پاسخ صحیح",
        "he": "פתרון|תשובה|הסבר",
        "hi": "हल|उत्तर|समाधान|जवाब|सही उत्तर|व्याख्या",
        "bn": "সমাধান|উত্তর|ব্যাখ্যা",
        "ta": "தீர்வு|விடை|பதில்",
        "th": "เฉลย|คำตอบ|วิธีทำ|คำอธิบาย|ตอบ",
        "vi": "lời giải|đáp án|trả lời|giải|hướng dẫn giải|lời giải chi tiết|đáp số|xem lời giải|xem đáp án|giải thích|đáp án đúng",
        "id": "jawaban|penyelesaian|pembahasan|solusi|jawab|kunci jawaban|jawapan|penjelasan|lihat jawaban|lihat pembahasan",
        "zh": (
            "解答|答案|解析|参考答案|參考答案|正确答案|正確答案|解法|题解|題解|解|答|证明|證明|证|回答|分析与解|详解|查看答案|显示答案|點擊看答案|解题思路|解題思路|解题方法|解題方法|参考代码|參考程式碼|参考程序"
            "|代码实现|标准答案|參考解答|参考解答|答案解析|解题过程|解題過程|解析与答案"
        ),
        "ja": (
            "解答|解答例|解説|答え|解答と解説|解|答|解法|略解|正解|回答|模範解答|答えを見る|解答を見る|解答・解説|解答解説"
            "|正答|こたえ|回答例"
        ),
        "ko": (
            "풀이|정답|해답|답|해설|해결|답변|정답 및 해설|정답 보기|답안|해법|모범답안|모범 답안|정답과 해설|답안 예시|해설 및 정답|솔루션"
        ),
        "hr": "rješenje|odgovor|točan odgovor|postupak",
        "sl": "rešitev|odgovor|pravilen odgovor",
        "sr": "решење|одговор",
        "ca": "solució|resposta|resolució",
        "gl": "solución|resposta",
        "eu": "ebazpena|erantzuna|soluzioa",
        "lt": "sprendimas|atsakymas",
        "lv": "atrisinājums|atbilde",
        "et": "lahendus|vastus",
        "is": "lausn|svar",
        "sq": "zgjidhje|zgjidhja|përgjigje",
        "mk": "решение|одговор",
        "ka": "ამოხსნა|პასუხი",
        "hy": "լուծում|պատասխան",
        "az": "cavab|həlli|həll|izah",
        "kk": "шешуі|шешімі|жауабы|жауап",
        "uz": "javob|yechish|yechim|yechilishi",
        "mn": "бодолт|хариулт",
        "ur": "جواب|حل",
        "ne": "उत्तर|समाधान",
        "mr": "उत्तर|उकल",
        "gu": "જવાબ|ઉત્તર|ઉકેલ",
        "pa": "ਉੱਤਰ|ਜਵਾਬ|ਹੱਲ",
        "te": "సమాధానం|జవాబు|సాధన|పరిష్కారం",
        "kn": "ಉತ್ತರ|ಪರಿಹಾರ",
        "ml": "ഉത്തരം|പരിഹാരം",
        "si": "පිළිතුර|විසඳුම",
        "my": "အဖြေ",
        "km": "ចម្លើយ|ដំណោះស្រាយ",
        "lo": "ຄຳຕອບ",
        "sw": "jibu|suluhisho",
        "tl": "sagot|solusyon",
        "af": "antwoord|oplossing",
    },
    "hint": {
        "en": "hint|hints|show hint|tip|clue|clues|hint to solution",
        "de": "hinweis|tipp|lösungshinweis",
        "fr": "indice|indication|astuce|aide",
        "es": "pista|indicación|sugerencia|ayuda",
        "pt": "dica|sugestão",
        "it": "suggerimento|indicazione|aiuto",
        "nl": "tip|hint",
        "pl": "wskazówka|podpowiedź|wskazówkę",
        "cs": "nápověda|návod",
        "hu": "tipp|útmutatás",
        "sv": "ledning|tips|vihje|vink",
        "ru": "подсказка|указание",
        "uk": "підказка|вказівка",
        "tr": "ipucu",
        "ar": "تلميح|إرشاد",
        "fa": "راهنمایی",
        "he": "רמז",
        "hi": "संकेत",
        "th": "คำใบ้",
        "vi": "gợi ý",
        "id": "petunjuk",
        "zh": "提示",
        "ja": "ヒント",
        "ko": "힌트",
        "hr": "uputa|savjet",
        "sl": "namig",
        "lt": "užuomina",
        "et": "vihje",
        "ca": "pista|indicació",
        "ka": "მინიშნება",
    },
    "plan": {
        "en": "strategy|approach|plan|analysis|set up|setup|identify|strategize",
        "de": "lösungsstrategie|strategie|ansatz|vorüberlegung",
        "fr": "stratégie|démarche|analyse",
        "es": "estrategia|planteamiento",
        "pt": "estratégia",
        "it": "strategia",
        "nl": "aanpak",
        "pl": "strategia rozwiązania|strategia|analiza",
        "cs": "strategie|rozbor",
        "ru": "анализ|стратегия",
        "uk": "аналіз|стратегія",
        "zh": "分析|思路|题目大意|題目大意|题意|題意",
        "ja": "方針|考え方",
        "ko": "전략",
    },
    "section": {
        "en": (
            "exercises|problems|questions|practice|practice problems|practice questions|practice exercises|review questions"
            "|review exercises|discussion questions|conceptual questions|critical thinking questions|multiple choice questions"
            "|multiple-choice questions|short answer questions|problem set|problem sheet|exercise sheet|exercise set|worksheet"
            "|homework|homework problems|homework questions|assignment|quiz|self-test|self test|test yourself|test your knowledge"
            "|check your understanding|review problems|additional problems|challenge problems|study questions"
            "|end of chapter questions|chapter review|self-check exercises|tutorial questions|exam questions|sample questions"
            "|comprehension questions|questions for review|questions for discussion|interview questions|thought questions"
            "|problems & exercises|problems and exercises|questions and answers|questions & answers"
            "|interview questions and answers|q&a|questions and problems|additional exercises|practice set|section exercises"
            "|word problems|free response|multiple choice|true or false|fill in the blank|puzzles|concept questions"
            "|knowledge check|faq|faqs|frequently asked questions|learning check|learning checks|exam|exams|midterm|midterm exam"
            "|final exam|sample exam|practice exam|practice test|challenges|challenge questions|practice projects|drills"
            "|brain teasers|riddles|theory questions|technical questions"
        ),
        "de": (
            "aufgaben|übungen|übungsaufgaben|fragen|kontrollfragen|verständnisfragen|übungsblatt|aufgabenblatt|hausaufgaben"
            "|wiederholungsfragen|testfragen|prüfungsfragen|häufige fragen|häufig gestellte fragen|denkanstöße|klausur"
            "|probeklausur"
        ),
        "fr": (
            "exercices|problèmes|questions|exercices corrigés|travaux dirigés|devoirs|exercices d'application|pour s'entraîner"
            "|questions fréquentes|foire aux questions|qcm"
        ),
        "es": (
            "ejercicios|problemas|preguntas|cuestiones|ejercicios propuestos|problemas propuestos|ejercicios resueltos"
            "|problemas resueltos|cuestionario|autoevaluación|preguntas frecuentes|actividades|tareas|retos|examen"
        ),
        "pt": (
            "exercícios|problemas|questões|perguntas|lista de exercícios|exercícios propostos|exercícios resolvidos"
            "|perguntas frequentes|atividades|desafios"
        ),
        "it": "esercizi|problemi|domande|quesiti|esercizi svolti|esercizi proposti|domande frequenti|verifica|compiti|esame",
        "nl": "opgaven|oefeningen|vragen|vraagstukken|veelgestelde vragen|huiswerk",
        "pl": (
            "zadania|ćwiczenia|pytania|zadania dodatkowe|zadania trudniejsze|pytania kontrolne|praca domowa|problemy|zestaw zadań"
            "|pytania powtórkowe|najczęściej zadawane pytania"
        ),
        "cs": "úlohy|cvičení|příklady|otázky|úkoly|kontrolní otázky|domácí úkol|příklady k procvičení",
        "sk": "úlohy|cvičenia|príklady|otázky",
        "hu": "feladatok|kérdések|gyakorlatok|példák",
        "ro": "exerciții|probleme|întrebări|exerciții propuse",
        "sv": "uppgifter|övningar|frågor|övningsuppgifter",
        "da": "opgaver|øvelser|spørgsmål|oppgaver",
        "fi": "tehtävät|harjoitukset|kysymykset|harjoitustehtävät|tehtäviä",
        "ru": (
            "задачи|упражнения|вопросы|задания|контрольные вопросы|домашнее задание|задачи для самостоятельного решения"
            "|вопросы для самопроверки|вопросы и задания|вопросы и задачи|тест|тесты|часто задаваемые вопросы|примеры"
        ),
        "uk": "задачі|вправи|питання|запитання|завдання|контрольні запитання|контрольні питання|домашнє завдання|тести|поширені запитання",
        "bg": "задачи|упражнения|въпроси|zadaci|vježbe|pitanja",
        "el": "ασκήσεις|ερωτήσεις|προβλήματα|θέματα",
        "tr": "sorular|alıştırmalar|problemler|sıkça sorulan sorular",
        "ar": "أسئلة|الأسئلة|تمارين|التمارين|مسائل|المسائل|تدريبات|التدريبات|واجب",
        "fa": "سوالات|پرسش‌ها|تمرین‌ها|تمرینات|مسائل",
        "he": "שאלות|תרגילים|בעיות",
        "hi": "प्रश्नावली|प्रश्न|अभ्यास|अभ्यास प्रश्न",
        "bn": "প্রশ্নাবলী|অনুশীলনী",
        "th": "แบบฝึกหัด|คำถาม|โจทย์|คำถามที่พบบ่อย",
        "vi": "bài tập|câu hỏi|luyện tập|câu hỏi thường gặp|bài tập tự luyện",
        "id": "latihan|soal|soal-soal|latihan soal|pertanyaan|contoh soal|tugas",
        "zh": (
            "习题|練習題|练习题|练习|習題|练习与思考|思考题|課後習題|课后习题|作业|选择题|填空题|判断题|简答题|计算题"
            "|常见问题|試題|试题|测试题|考试题|真题|自测题|自测问题|自测|自检题|复习题|面试题|思考与练习|课堂练习|巩固练习|测验"
        ),
        "ja": "問題|演習問題|練習問題|演習|課題|章末問題|例題|よくある質問|確認問題|練習",
        "ko": "문제|연습문제|연습 문제|질문|자주 묻는 질문|과제|확인 문제",
        "hr": "zadaci|vježbe|pitanja|riješeni zadaci|zadaci za vježbu",
        "sl": "naloge|vprašanja|vaje",
        "sr": "задаци|питања|вежбе",
        "ca": "exercicis|qüestions|problemes|activitats",
        "lt": "uždaviniai|užduotys|klausimai|pratimai",
        "lv": "uzdevumi|jautājumi",
        "et": "ülesanded|küsimused|harjutused",
        "ka": "ამოცანები|სავარჯიშოები",
        "az": "suallar|məsələlər|testlər|çalışmalar",
        "kk": "есептер|сұрақтар|тапсырмалар",
        "uz": "masalalar|savollar|topshiriqlar|mashqlar",
        "ur": "سوالات|مشقیں",
        "ta": "கேள்விகள்|வினாக்கள்|பயிற்சிகள்",
        "te": "ప్రశ్నలు|అభ్యాసాలు",
    },
    "key": {
        "en": (
            "answers|solutions|key|answer key|answer keys|answers to exercises|answers to problems|answers to questions"
            "|answers to odd-numbered exercises|answers to odd-numbered problems|answers to selected exercises"
            "|solutions to exercises|solutions to problems|solutions to selected exercises|selected answers|selected solutions"
            "|answers and hints|hints and answers|solutions and hints|answers and solutions|mark scheme|mark schemes"
            "|marking scheme|answers to selected problems|answers to review questions|answers and explanations"
        ),
        "de": "lösungen|antworten|lösungen der aufgaben|lösungen zu den aufgaben|lösungsschlüssel|musterlösungen|auflösung|auflösungen",
        "fr": "solutions|corrigés|réponses|corrections|corrigés des exercices|solutions des exercices",
        "es": "soluciones|respuestas|solucionario|soluciones de los ejercicios|clave de respuestas",
        "pt": "soluções|respostas|gabarito|resoluções|respostas dos exercícios",
        "it": "soluzioni|risposte|svolgimenti|soluzioni degli esercizi",
        "nl": "oplossingen|antwoorden|uitwerkingen",
        "pl": "rozwiązania|odpowiedzi|klucz odpowiedzi|rozwiązania zadań|odpowiedzi do zadań",
        "cs": "řešení|výsledky|odpovědi|řešení úloh",
        "sk": "riešenia|výsledky|odpovede",
        "hu": "megoldások|válaszok|megoldókulcs",
        "ro": "soluții|răspunsuri|rezolvări",
        "sv": "lösningar|svar|facit",
        "da": "løsninger|svar|facitliste|fasit",
        "fi": "ratkaisut|vastaukset",
        "ru": "ответы|решения|ответы к задачам|ответы и решения|ключи|ответы и указания|ответы на вопросы",
        "uk": "відповіді|розв'язки|розв’язки|розв'язання|ключі",
        "bg": "отговори|решения|rješenja|rešenja|odgovori",
        "el": "λύσεις|απαντήσεις",
        "tr": "çözümler|cevaplar|cevap anahtarı|yanıtlar",
        "ar": "الأجوبة|الإجابات|الحلول|حلول|إجابات",
        "fa": "پاسخ‌ها|جواب‌ها|پاسخنامه|پاسخ‌نامه",
        "he": "פתרונות|תשובות",
        "hi": "उत्तरमाला|उत्तर|हल",
        "bn": "উত্তরমালা",
        "th": "เฉลย|เฉลยแบบฝึกหัด|คำตอบ",
        "vi": "đáp án|lời giải|hướng dẫn giải|đáp số",
        "id": "kunci jawaban|jawaban|pembahasan",
        "zh": "答案|参考答案|參考答案|习题答案|習題解答|习题解答|解答|答案与解析|答案及解析",
        "ja": "解答|答え|解答と解説|解答例|略解",
        "ko": "정답|해답|풀이|정답 및 해설",
        "hr": "rješenja|odgovori",
        "sl": "rešitve|odgovori",
        "ca": "solucions|respostes|solucionari",
        "lt": "atsakymai|sprendimai",
        "lv": "atbildes",
        "et": "vastused|lahendused",
        "az": "cavablar",
        "kk": "жауаптары|жауаптар",
        "uz": "javoblar",
        "ur": "جوابات",
        "ka": "პასუხები",
    },
    "other": {
        "en": "theorem|lemma|definition|proposition|corollary",
        "de": "satz|definition|korollar",
        "fr": "théorème|lemme|définition|corollaire",
        "es": "teorema|lema|definición|corolario",
        "it": "teorema|definizione|corollario",
        "pl": "twierdzenie|lemat|definicja|wniosek",
        "ru": "теорема|лемма|определение|следствие",
        "uk": "теорема|лема|означення",
        "cs": "věta|definice|důsledek",
        "zh": "定理|引理|定义|推论",
        "ja": "定理|補題|定義|系",
        "ko": "정리|보조정리|정의",
    },
}


def words(text: str) -> frozenset[str]:
    """A set written as one line of text."""
    return frozenset(text.split())


# What a business, an article or a club writes, too: without a number it needs something that asks.
TROUBLES = frozenset(
    word
    for row in (
        "investigate|investigation|exploration|problem|challenge|task|problème|défi|problema|desafio|desafío|reto|sfida|probleem|problém",
        "problem statement|problem description|tarea|проблема|задача|问题|問題|문제|課題|actividad|atividade|drill",
        "quick check|riddle|brain teaser|brainteaser|stop and think|think about it",
    )
    for word in row.split("|")
)
